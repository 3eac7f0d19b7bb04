package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.store.Backoff;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A group in order by key over several processes: its slots, and how they come and go. */
public abstract class SlotScenarios extends EngineScenarios {
  /** So many that every slot has some. */
  private static final int KEYS = 320;

  /** In which processes have seen what others did, and moved slots. */
  private static final Duration A_WHILE = Duration.ofSeconds(15);

  private final Received first = new Received();
  private final Received second = new Received();
  private final Received third = new Received();

  @Test
  void twoProcessesShareAGroupAboutEvenly() {
    join(first, keyed());
    join(second, keyed());
    pass(A_WHILE);

    publishOneOfEachKey();
    pass(SECOND);

    assertThat(first.count() + second.count()).isEqualTo(KEYS);
    assertThat(first.count()).isBetween(KEYS / 3, KEYS * 2 / 3);
  }

  @Test
  void aThirdProcessThatJoinsGetsAShare() {
    join(first, keyed());
    join(second, keyed());
    pass(A_WHILE);
    join(third, keyed());
    pass(A_WHILE);

    publishOneOfEachKey();
    pass(SECOND);

    for (Received each : List.of(first, second, third)) {
      assertThat(each.count()).isBetween(KEYS / 5, KEYS / 2);
    }
    assertThat(first.count() + second.count() + third.count()).isEqualTo(KEYS);
  }

  @Test
  void allThatMovesIsDoneOnceAndInOrder() {
    join(first, keyed());
    pass(SECOND);
    publishOneOfEachKey();
    join(second, keyed());
    publishOneOfEachKey();
    pass(SECOND);
    publishOneOfEachKey();
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(A_WHILE);

    assertThat(first.count() + second.count()).isEqualTo(4 * KEYS);
    assertThat(second.count()).isPositive();
    assertThat(group().floor()).isEqualTo(4 * KEYS);
    assertThat(group().lag()).isZero();
    eachKeyIsSorted(first, second);
  }

  @Test
  void aProcessThatDiesLosesItsSlotsAndEachKeyGoesOnInOrder() {
    TestProcess dying = join(first, keyed().manualAck().ackDeadline(Duration.ofHours(1)));
    join(second, keyed());
    pass(A_WHILE);
    publishOneOfEachKey();
    publishOneOfEachKey();
    pass(SECOND);
    Set<String> lost = keys(first);
    assertThat(lost).isNotEmpty();
    dying.kill();

    pass(Duration.ofSeconds(20));
    assertThat(keys(second)).doesNotContainAnyElementsOf(lost);
    pass(Duration.ofMinutes(2));

    assertThat(keys(second)).hasSize(KEYS);
    assertThat(second.count()).isEqualTo(2 * KEYS);
    eachKeyIsSorted(second);
    assertThat(attemptsOf(second, lost)).contains(2);
  }

  @Test
  void aSlotWithWorkLeasedIsNotGivenAwayBeforeThatIsDone() {
    join(first, keyed().manualAck().ackDeadline(Duration.ofHours(1)));
    publishOneOfEachKey();
    publishOneOfEachKey();
    pass(SECOND);
    assertThat(first.count()).isEqualTo(KEYS);

    join(second, keyed());
    pass(Duration.ofMinutes(3));
    assertThat(first.count()).isEqualTo(KEYS);
    assertThat(second.count()).isZero();
    ackAll(first, 0);
    pass(A_WHILE);
    ackAll(first, KEYS);
    pass(A_WHILE);

    assertThat(second.count()).isBetween(KEYS / 3, KEYS * 2 / 3);
    assertThat(first.count() + second.count()).isEqualTo(2 * KEYS);
    assertThat(second.attempts()).containsOnly(1);
    assertThat(group().floor()).isEqualTo(2 * KEYS);
  }

  @Test
  void aSlotWhoseLeaseExpiresIsGivenAwayThen() {
    join(first, keyed().manualAck().ackDeadline(Duration.ofSeconds(40)));
    publishOneOfEachKey();
    pass(SECOND);
    join(second, keyed());

    pass(Duration.ofSeconds(30));
    assertThat(second.count()).isZero();
    pass(Duration.ofSeconds(30));

    assertThat(second.count()).isBetween(KEYS / 3, KEYS * 2 / 3);
    assertThat(second.attempts()).containsOnly(2);
  }

  @Test
  void aLateAckCountsAlsoWhileTheSlotWaitsToBeGivenAway() {
    first.then(
        delivery -> {
          if (delivery.record().seq() > KEYS) {
            delivery.extend(Duration.ofHours(1));
          }
        });
    Backoff later = Backoff.fixed(Duration.ofHours(1));
    join(first, keyed().backoff(later).manualAck().ackDeadline(Duration.ofSeconds(40)));
    publishOneOfEachKey();
    pass(SECOND);
    /* Of each slot one event stays leased, so that none can be given away. */
    for (int key = 0; key < KEYS; key++) {
      publishKeyed("other " + key);
    }
    pass(SECOND);
    join(second, keyed().backoff(later));
    pass(Duration.ofSeconds(41));
    assertThat(second.count()).isZero();

    for (int i = 0; i < KEYS; i++) {
      assertThat(first.get(i).ack()).isEqualTo(AckResult.OK);
    }
    ackAll(first, KEYS);
    pass(A_WHILE);

    assertThat(second.count()).isZero();
    assertThat(group().floor()).isEqualTo(2 * KEYS);
  }

  @Test
  void aSlotWhoseRetryWaitsMovesWithTheRetryInFront() {
    first.then(delivery -> delivery.nack("later", Duration.ofMinutes(2)));
    join(first, keyed());
    publishOneOfEachKey();
    publishOneOfEachKey();
    pass(SECOND);
    assertThat(first.count()).isEqualTo(KEYS);
    first.then(delivery -> {});

    join(second, keyed());
    pass(Duration.ofMinutes(1));
    assertThat(second.count()).isZero();
    pass(Duration.ofMinutes(2));

    assertThat(second.count()).isBetween(KEYS / 3, KEYS * 4 / 3);
    assertThat(first.count() + second.count()).isEqualTo(3 * KEYS);
    eachKeyIsSorted(second);
    Map<String, List<Integer>> attempts = new HashMap<>();
    deliveries(second)
        .forEach(
            delivery ->
                attempts
                    .computeIfAbsent(key(delivery), key -> new ArrayList<>())
                    .add(delivery.attempt()));
    assertThat(attempts.values()).containsOnly(List.of(2, 1));
  }

  @Test
  void idleProcessesLeaveEachOtherTheirSlots() {
    join(first, keyed());
    join(second, keyed());
    join(third, keyed());
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(SECOND);
    Set<String> mine = keys(first);
    Set<String> theirs = keys(second);

    pass(Duration.ofMinutes(10));
    publishOneOfEachKey();
    pass(SECOND);

    assertThat(keys(first)).isEqualTo(mine);
    assertThat(keys(second)).isEqualTo(theirs);
    assertThat(first.count() + second.count() + third.count()).isEqualTo(2 * KEYS);
  }

  @Test
  void aProcessThatClosesHandsItsSlotsBackAtOnceAndUncounted() {
    TestProcess closing = join(first, keyed().manualAck().ackDeadline(Duration.ofHours(1)));
    join(second, keyed());
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(SECOND);
    assertThat(first.count()).isPositive();

    closing.bus().close();
    pass(A_WHILE);

    assertThat(keys(second)).hasSize(KEYS);
    assertThat(second.attempts()).containsOnly(1);
  }

  @Test
  void aProcessWhoseSubscribersAllPauseGivesItsSlotsToOthers() {
    TestProcess pausing = newProcess();
    Subscription paused = pausing.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    join(second, keyed());
    pass(A_WHILE);
    paused.pause();
    publishOneOfEachKey();
    pass(A_WHILE);
    assertThat(second.count()).isEqualTo(KEYS);

    paused.resume();
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(A_WHILE);

    assertThat(first.count()).isBetween(KEYS / 3, KEYS * 2 / 3);
    assertThat(first.count() + second.count()).isEqualTo(2 * KEYS);
  }

  @Test
  void aSeekMovesAllSlots() {
    join(first, keyed());
    join(second, keyed());
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(SECOND);
    bus().admin().seek(ORDERS.name(), GROUP, StartAt.EARLIEST);
    pass(A_WHILE);

    join(third, keyed());
    pass(A_WHILE);

    assertThat(third.count()).isEqualTo(KEYS);
    assertThat(keys(third)).hasSize(KEYS);
  }

  @Test
  void whatRetentionTookIsCountedAndToldOnce() {
    List<Long> gaps = new ArrayList<>();
    Subscription early = bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    early.close();
    publishOneOfEachKey();
    process().stores().events().removeBelow(ORDERS.name(), KEYS / 2 + 1);
    SubscribeOptions.Builder options =
        keyed().gapListener((from, to) -> gaps.addAll(List.of(from, to)));
    join(second, options);
    join(third, options);
    pass(A_WHILE);

    assertThat(second.count() + third.count()).isEqualTo(KEYS / 2);
    assertThat(gaps).containsExactly(1L, KEYS / 2L);
    assertThat(group().skipped()).isEqualTo(KEYS / 2);
  }

  @Test
  void aRedrivenEventGoesToTheProcessThatHasItsSlot() {
    first.fails();
    second.fails();
    join(first, keyed().maxAttempts(1));
    join(second, keyed().maxAttempts(1));
    pass(A_WHILE);
    publishOneOfEachKey();
    pass(SECOND);
    Map<String, Integer> counts = new HashMap<>();
    Stream.concat(deliveries(first), deliveries(second))
        .forEach(delivery -> counts.merge(key(delivery), 1, Integer::sum));
    Set<String> mine = keys(first);
    Set<String> theirs = keys(second);
    first.then(delivery -> {});
    second.then(delivery -> {});

    letters().forEach(this::redrive);
    pass(A_WHILE);

    assertThat(counts.values()).containsOnly(1);
    assertThat(first.count() + second.count()).isEqualTo(2 * KEYS);
    assertThat(keys(first)).isEqualTo(mine);
    assertThat(keys(second)).isEqualTo(theirs);
    assertThat(letters()).isEmpty();
  }

  @Test
  void eventsWithoutAKeyAreSharedToo() {
    join(first, keyed());
    join(second, keyed());
    pass(A_WHILE);
    publishMany(KEYS);
    pass(SECOND);

    assertThat(first.count() + second.count()).isEqualTo(KEYS);
    assertThat(first.count()).isBetween(KEYS / 3, KEYS * 2 / 3);
  }

  // ---------------------------------------------------------------- helpers

  private TestProcess join(Received handler, SubscribeOptions.Builder options) {
    TestProcess process = newProcess();
    process.bus().subscribe(ORDERS, GROUP, options.build(), handler);
    run();
    return process;
  }

  private static SubscribeOptions.Builder keyed() {
    return options().ordering(Ordering.KEY);
  }

  private void publishOneOfEachKey() {
    bus()
        .publishAll(
            ORDERS,
            IntStream.range(0, KEYS)
                .mapToObj(
                    key -> Message.of("of " + key, PublishOptions.none().key("key " + key)))
                .toList());
  }

  private static void ackAll(Received received, int from) {
    IntStream.range(from, received.count()).forEach(i -> received.get(i).ack());
  }

  private static Stream<Delivery<String>> deliveries(Received received) {
    return IntStream.range(0, received.count()).mapToObj(received::get);
  }

  private static String key(Delivery<String> delivery) {
    return String.valueOf(delivery.record().key());
  }

  private static Set<String> keys(Received received) {
    Set<String> keys = new HashSet<>();
    deliveries(received).forEach(delivery -> keys.add(key(delivery)));
    return keys;
  }

  private static List<Integer> attemptsOf(Received received, Set<String> keys) {
    List<Integer> attempts = new ArrayList<>();
    for (int i = 0; i < received.count(); i++) {
      if (keys.contains(key(received.get(i)))) {
        attempts.add(received.attempts().get(i));
      }
    }
    return attempts;
  }

  private static void eachKeyIsSorted(Received... received) {
    for (Received one : received) {
      Map<String, List<Long>> seqs = new HashMap<>();
      deliveries(one)
          .forEach(
              delivery ->
                  seqs.computeIfAbsent(key(delivery), key -> new ArrayList<>())
                      .add(delivery.record().seq()));
      seqs.forEach((key, order) -> assertThat(order).as(key).isSorted());
    }
  }
}
