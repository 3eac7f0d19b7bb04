package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.StartAt;
import io.promlib.store.Extent;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What groups lose, and are told of, when events are removed before they got them. */
public abstract class RetentionScenarios extends EngineScenarios {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final Received got = new Received();
  private final List<String> gaps = new ArrayList<>();

  @Test
  void aGroupThatWasBehindGoesOnAtTheOldestEventAndItsLossIsCountedAndTold() {
    subscribe(manual(), got).close();
    publishMany(5);
    remove(4);
    subscribe(manual().gapListener((from, to) -> gaps.add(from + " to " + to)), got);
    run();
    assertThat(got.seqs()).containsExactly(4L, 5L);
    assertThat(group().skipped()).isEqualTo(3);
    assertThat(group().floor()).isEqualTo(3);
    assertThat(gaps).containsExactly("1 to 3");
    assertThat(process().heard().calls("skip"))
        .containsExactly("skip orders.placed mailer #1 to #3");
  }

  @Test
  void aGroupWhoseEventsAreAllRemovedSkipsToTheTail() {
    subscribe(options(), got).close();
    publishMany(5);
    remove(6);
    subscribe(options().gapListener((from, to) -> gaps.add(from + " to " + to)), got);
    run();
    assertThat(got.count()).isZero();
    assertThat(group().floor()).isEqualTo(5);
    assertThat(group().lag()).isZero();
    assertThat(group().skipped()).isEqualTo(5);
    assertThat(gaps).containsExactly("1 to 5");
    publish("the next");
    run();
    assertThat(got.seqs()).containsExactly(6L);
  }

  @Test
  void aRetryThatIsRemovedMeanwhileIsALossAndTheFloorMovesOverIt() {
    subscribe(manual().gapListener((from, to) -> gaps.add(from + " to " + to)), got);
    publishMany(2);
    run();
    got.get(0).nack("later", Duration.ofSeconds(10));
    got.get(1).ack();
    run();
    remove(2);
    pass(MINUTE);
    assertThat(got.seqs()).containsExactly(1L, 2L);
    assertThat(group().floor()).isEqualTo(2);
    assertThat(gaps).containsExactly("1 to 1");
  }

  @Test
  void whatIsRemovedWhileItIsHandledIsNoLoss() {
    subscribe(manual().gapListener((from, to) -> gaps.add(from + " to " + to)), got);
    publishMany(2);
    run();
    remove(3);
    got.get(0).ack();
    got.get(1).ack();
    assertThat(group().floor()).isEqualTo(2);
    assertThat(group().skipped()).isZero();
    assertThat(gaps).isEmpty();
  }

  @Test
  void singleEventsThatAreRemovedAreNoLoss() {
    publishMany(5);
    process().stores().events().remove(ORDERS.name(), List.of(2L, 4L));
    subscribe(options().gapListener((from, to) -> gaps.add(from + " to " + to)), got);
    run();
    assertThat(got.seqs()).containsExactly(1L, 3L, 5L);
    assertThat(group().floor()).isEqualTo(5);
    assertThat(group().skipped()).isZero();
    assertThat(gaps).isEmpty();
  }

  @Test
  void aGapListenerThatThrowsHoldsNothingUp() {
    subscribe(options(), got).close();
    publishMany(3);
    remove(3);
    subscribe(
        options()
            .gapListener(
                (from, to) -> {
                  throw new IllegalStateException("boom");
                }),
        got);
    run();
    assertThat(got.seqs()).containsExactly(3L);
  }

  @Test
  void eventsGoForTheirAge() {
    configure(MINUTE, Overflow.DROP_OLDEST);
    publish("old");
    pass(Duration.ofSeconds(40));
    publish("young");
    pass(Duration.ofSeconds(31));
    assertThat(extent().first()).isEqualTo(2);
    assertThat(bus().admin().read(ORDERS.name(), 1, 10).events())
        .extracting("seq")
        .containsExactly(2L);
  }

  @Test
  void eventsStayUntilTheirAge() {
    configure(MINUTE, Overflow.DROP_OLDEST);
    publish("a");
    pass(Duration.ofSeconds(59));
    assertThat(extent().first()).isEqualTo(1);
  }

  @Test
  void positionsGoOnAfterEverythingExpired() {
    configure(MINUTE, Overflow.DROP_OLDEST);
    publishMany(3);
    pass(Duration.ofMinutes(2));
    assertThat(extent().first()).isEqualTo(4);
    assertThat(bus().admin().read(ORDERS.name(), 1, 10).events()).isEmpty();
    assertThat(publish("the next").seq()).isEqualTo(4);
    subscribe(options().startAt(StartAt.EARLIEST), got);
    run();
    assertThat(got.seqs()).containsExactly(4L);
  }

  @Test
  void whereATopicKeepsWhatGroupsHaveNotPassedOnlyTheRestGoesForItsAge() {
    for (Overflow overflow : List.of(Overflow.BLOCK, Overflow.REJECT)) {
      configure(MINUTE, overflow);
      publishMany(3);
    }
    subscribe(manual().ackDeadline(Duration.ofHours(1)), got);
    run();
    got.get(0).ack();
    got.get(1).ack();
    pass(Duration.ofMinutes(2));
    assertThat(extent().first()).isEqualTo(3);
    got.get(2).ack();
    pass(Duration.ofSeconds(11));
    assertThat(extent().first()).isEqualTo(4);
    assertThat(group().skipped()).isZero();
  }

  private void configure(Duration age, Overflow overflow) {
    bus().admin().configure(ORDERS.name(), TopicSettings.UNLIMITED.maxAge(age).overflow(overflow));
  }

  private void remove(long below) {
    process().stores().events().removeBelow(ORDERS.name(), below);
  }

  private Extent extent() {
    return bus().admin().topic(ORDERS.name()).extent();
  }
}
