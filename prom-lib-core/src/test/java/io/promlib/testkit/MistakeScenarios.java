package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.bus.DeadLetter;
import io.promlib.bus.Delivery;
import io.promlib.bus.Isolation;
import io.promlib.bus.StartAt;
import io.promlib.bus.Subscription;
import io.promlib.event.PublishOptions;
import io.promlib.store.Filter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The mistakes of simpler designs, one by one. */
public abstract class MistakeScenarios extends EngineScenarios {

  @Test
  void aPublishWhileHandlersRunDeliversNoEventTwiceAtOnce() {
    Received got = new Received();
    got.then(
        delivery -> {
          if (got.count() < 8) {
            publish("one more");
            run();
          }
        });
    subscribe(options().concurrency(4), got);
    publish("the first");
    run();
    assertThat(got.seqs()).containsExactlyInAnyOrder(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L);
    assertThat(group().floor()).isEqualTo(8);
  }

  @Test
  void aLaterAckDoesNotStepOverAnEarlierFailure() {
    Received got = new Received();
    subscribe(manual(), got);
    publishMany(3);
    run();
    got.get(0).nack("not now", Duration.ofMinutes(10));
    got.get(1).ack();
    got.get(2).ack();
    assertThat(group().floor()).isZero();
    pass(Duration.ofMinutes(10));
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L, 1L);
  }

  @Test
  void aSlowAckDoesNotMoveTheCursorBackwards() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(10)), got);
    publishMany(3);
    run();
    got.get(1).ack();
    got.get(2).ack();
    pass(Duration.ofSeconds(11));
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L, 1L);
    got.get(3).ack();
    assertThat(group().floor()).isEqualTo(3);
    assertThat(got.get(0).ack()).isNotEqualTo(AckResult.OK);
    assertThat(got.get(1).ack()).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(group().floor()).isEqualTo(3);
  }

  @Test
  void hundredsOfFilteredOutEventsDoNotStallAGroup() {
    Received got = new Received();
    subscribe(options().filter(new Filter.Match("wanted", List.of(), Map.of())), got);
    publishMany(350);
    publishKeyed("wanted");
    run();
    assertThat(got.seqs()).containsExactly(351L);
    assertThat(group().floor()).isEqualTo(351);
  }

  @Test
  void aPoisonEventDoesNotSpin() {
    Received got = new Received().fails();
    subscribe(options(), got);
    publish("poison");
    run();
    assertThat(got.count()).isEqualTo(1);
    pass(Duration.ofMillis(999));
    assertThat(got.count()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    assertThat(got.count()).isEqualTo(2);
  }

  @Test
  void attemptsAreCounted() {
    Received got = new Received().fails();
    subscribe(options(), got);
    publish("poison");
    pass(Duration.ofSeconds(10));
    assertThat(got.attempts()).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void aSecondSubscriberOfAGroupGetsNoEventThatTheFirstGot() {
    Received first = new Received();
    Received second = new Received();
    first.then(delivery -> run());
    second.then(delivery -> run());
    subscribe(options(), first);
    subscribe(options(), second);
    publishMany(10);
    run();
    assertThat(first.count()).isPositive();
    assertThat(second.count()).isPositive();
    assertThat(first.count() + second.count()).isEqualTo(10);
    assertThat(first.seqs()).doesNotContainAnyElementsOf(second.seqs());
  }

  @Test
  void latestIsAfterTheNewestEvent() {
    publishMany(5);
    Received got = new Received();
    subscribe(options().startAt(StartAt.LATEST), got);
    run();
    assertThat(got.count()).isZero();
    publish("the next");
    run();
    assertThat(got.seqs()).containsExactly(6L);
  }

  @Test
  void noneOfTwoEventsWithOneTsIsLost() {
    PublishOptions sameTs = PublishOptions.none().ts(1000L);
    publish("before", PublishOptions.none().ts(999L));
    publish("a", sameTs);
    publish("b", sameTs);
    Received got = new Received();
    subscribe(options().startAt(new StartAt.Since(Instant.ofEpochMilli(1000))).batchSize(1), got);
    run();
    assertThat(got.payloads()).containsExactly("a", "b");
  }

  @Test
  void aSubscriberIsNotHeldUpByTheSlowHandlerOfAnother() {
    Received slow = new Received();
    Received quick = new Received();
    List<Long> quickMeanwhile = new ArrayList<>();
    slow.then(
        delivery -> {
          if (slow.count() == 1) {
            publish("while the other works");
            run();
            quickMeanwhile.addAll(quick.seqs());
          }
        });
    bus().subscribe(ORDERS, "slow", options().build(), slow);
    bus().subscribe(ORDERS, "quick", options().build(), quick);
    publish("first");
    run();
    assertThat(quickMeanwhile).containsExactly(1L, 2L);
    assertThat(slow.seqs()).containsExactly(1L, 2L);
  }

  @Test
  void anEventThatRanBesideACrashingOneIsNotDeadLettered() {
    publishMany(6);
    Isolation connection = new Isolation("connection");
    for (int round = 0; round < 40; round++) {
      Received got = new Received();
      Subscription subscription = subscribe(manual().isolation(connection), got);
      pass(Duration.ofSeconds(2));
      boolean killer = got.seqs().contains(3L);
      for (int i = 0; !killer && i < got.count(); i++) {
        Delivery<String> delivery = got.get(i);
        delivery.ack();
        run();
        killer = got.seqs().contains(3L);
      }
      subscription.abandon();
      run();
    }
    assertThat(letters()).extracting(DeadLetter::original).extracting("seq").containsExactly(3L);
    assertThat(group().floor()).isEqualTo(6);
  }
}
