package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.SubscribeOptions;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The order in which events of a key, and of a topic, start. */
public abstract class OrderingScenarios extends EngineScenarios {
  private final Received got = new Received();

  @Test
  void eventsOfAKeyStartOneAfterAnother() {
    subscribe(keyed().manualAck(), got);
    publishKeyed("a");
    publishKeyed("a");
    run();
    assertThat(got.seqs()).containsExactly(1L);
    got.last().ack();
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L);
  }

  @Test
  void otherKeysAndEventsWithoutOneGoOn() {
    subscribe(keyed().manualAck(), got);
    publishKeyed("a");
    publishKeyed("a");
    publishKeyed("b");
    publish("no key");
    publish("no key");
    run();
    assertThat(got.seqs()).containsExactly(1L, 3L, 4L, 5L);
  }

  @Test
  void aRetryHoldsBackItsKeyOnly() {
    got.fails();
    subscribe(keyed(), got);
    publishKeyed("a");
    run();
    got.then(delivery -> {});
    publishKeyed("a");
    publishKeyed("b");
    run();
    assertThat(got.seqs()).containsExactly(1L, 3L);
    pass(SECOND);
    assertThat(got.seqs()).containsExactly(1L, 3L, 1L, 2L);
  }

  @Test
  void whatIsHandedBackHoldsBackItsKeyOnly() {
    subscribe(keyed().manualAck(), got);
    publishKeyed("a");
    run();
    got.last().handBack(Duration.ofSeconds(5));
    publishKeyed("a");
    publishKeyed("b");
    pass(Duration.ofMillis(4999));
    assertThat(got.seqs()).containsExactly(1L, 3L);
    pass(Duration.ofMillis(1));
    assertThat(got.seqs()).containsExactly(1L, 3L, 1L);
    assertThat(got.attempts()).containsOnly(1);
    got.last().ack();
    run();
    assertThat(got.seqs()).containsExactly(1L, 3L, 1L, 2L);
  }

  @Test
  void anExpiredLeaseHoldsBackItsKey() {
    subscribe(keyed().manualAck().ackDeadline(Duration.ofSeconds(5)), got);
    publishKeyed("a");
    publishKeyed("a");
    pass(Duration.ofMillis(5900));
    assertThat(got.seqs()).containsExactly(1L);
    pass(Duration.ofMillis(100));
    assertThat(got.seqs()).containsExactly(1L, 1L);
    got.last().ack();
    run();
    assertThat(got.seqs()).containsExactly(1L, 1L, 2L);
  }

  @Test
  void aLateAckReleasesItsKey() {
    subscribe(keyed().manualAck().ackDeadline(Duration.ofSeconds(5)), got);
    publishKeyed("a");
    publishKeyed("a");
    pass(Duration.ofMillis(5500));
    got.last().ack();
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L);
  }

  @Test
  void aDeadLetterReleasesItsKey() {
    got.then(
        delivery -> {
          if (delivery.record().seq() == 1) {
            throw new IllegalStateException("boom");
          }
        });
    subscribe(keyed().maxAttempts(2), got);
    publishKeyed("a");
    publishKeyed("a");
    pass(Duration.ofSeconds(2));
    assertThat(got.seqs()).containsExactly(1L, 1L, 2L);
  }

  @Test
  void handingBackKeepsTheOrder() {
    var first = subscribe(keyed().manualAck(), got);
    publishKeyed("a");
    publishKeyed("a");
    run();
    Received second = new Received();
    subscribe(keyed(), second);
    run();
    assertThat(second.count()).isZero();
    first.close();
    run();
    assertThat(second.seqs()).containsExactly(1L, 2L);
    assertThat(second.attempts()).containsExactly(1, 1);
  }

  @Test
  void theSubscribersOfAGroupShareItsKeysAndKeepTheirOrder() {
    Set<String> working = new HashSet<>();
    List<Long> done = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Received member = new Received();
      member.then(
          delivery -> {
            String key = String.valueOf(delivery.record().key());
            assertAlone(working.add(key));
            run();
            working.remove(key);
            done.add(delivery.record().seq());
          });
      subscribe(keyed().concurrency(2), member);
    }
    for (int i = 0; i < 60; i++) {
      publishKeyed("k" + i % 5);
    }
    run();
    assertThat(overlapped).isFalse();
    assertThat(done).hasSize(60);
  }

  private boolean overlapped;

  private void assertAlone(boolean alone) {
    overlapped |= !alone;
  }

  @Test
  void withRandomFailuresEachKeyIsDoneInItsOrder() {
    long seed = 20250101;
    Random random = new Random(seed);
    List<List<Long>> done = new ArrayList<>();
    for (int key = 0; key < 20; key++) {
      done.add(new ArrayList<>());
    }
    got.then(
        delivery -> {
          run();
          if (random.nextInt(4) == 0) {
            throw new IllegalStateException("boom");
          }
          int key = Integer.parseInt(String.valueOf(delivery.record().key()));
          done.get(key).add(delivery.record().seq());
        });
    subscribe(keyed().concurrency(4).maxAttempts(1000), got);
    for (int i = 0; i < 1000; i++) {
      publishKeyed(String.valueOf(random.nextInt(20)));
    }
    pass(Duration.ofMinutes(5));
    assertThat(group().floor()).as("seed %d", seed).isEqualTo(1000);
    for (List<Long> key : done) {
      assertThat(key).as("seed %d", seed).isSorted().doesNotHaveDuplicates();
    }
  }

  @Test
  void inTopicOrderOneRunsAtATime() {
    subscribe(total().manualAck().concurrency(4), got);
    publishKeyed("a");
    publishKeyed("b");
    publish("no key");
    run();
    assertThat(got.seqs()).containsExactly(1L);
    got.last().ack();
    run();
    got.last().ack();
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void inTopicOrderARetryHoldsAllBack() {
    got.fails();
    subscribe(total(), got);
    publishMany(3);
    run();
    assertThat(got.seqs()).containsExactly(1L);
    got.then(delivery -> {});
    pass(Duration.ofMillis(999));
    assertThat(got.seqs()).containsExactly(1L);
    pass(Duration.ofMillis(1));
    assertThat(got.seqs()).containsExactly(1L, 1L, 2L, 3L);
  }

  @Test
  void inTopicOrderWhatIsHandedBackHoldsAllBack() {
    subscribe(total().manualAck(), got);
    publishMany(2);
    run();
    got.last().handBack(Duration.ofSeconds(5));
    pass(Duration.ofMillis(4999));
    assertThat(got.seqs()).containsExactly(1L);
    pass(Duration.ofMillis(1));
    assertThat(got.seqs()).containsExactly(1L, 1L);
    assertThat(got.attempts()).containsOnly(1);
  }

  @Test
  void whenAProcessDiesAnotherGoesOnInTopicOrder() {
    SubscribeOptions.Builder options = total();
    Received first = new Received();
    first.then(
        delivery -> {
          if (delivery.record().seq() == 4) {
            delivery.nack("later", Duration.ofSeconds(20));
          }
        });
    TestProcess dying = newProcess();
    TestProcess next = newProcess();
    dying.bus().subscribe(ORDERS, GROUP, options.build(), first);
    next.bus().subscribe(ORDERS, GROUP, options.build(), got);
    run();
    for (int i = 0; i < 10; i++) {
      dying.bus().publish(ORDERS, "x", io.promlib.event.PublishOptions.none().key("k"));
    }
    dying.workers().runAll();
    assertThat(first.seqs()).containsExactly(1L, 2L, 3L, 4L);
    dying.kill();
    pass(Duration.ofSeconds(29));
    assertThat(got.count()).isZero();
    pass(Duration.ofSeconds(60));
    assertThat(got.seqs()).containsExactly(4L, 5L, 6L, 7L, 8L, 9L, 10L);
  }

  private static SubscribeOptions.Builder keyed() {
    return options().ordering(Ordering.KEY);
  }

  private static SubscribeOptions.Builder total() {
    return options().ordering(Ordering.TOPIC);
  }
}
