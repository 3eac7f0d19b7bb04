package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;
import io.promlib.bus.Leases;
import io.promlib.bus.Subscription;
import io.promlib.store.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What becomes of one delivery. */
public abstract class DeliveryScenarios extends EngineScenarios {

  @Test
  void theHandlersReturnAcks() {
    Received got = new Received();
    subscribe(options(), got);
    publish("a");
    pass(Duration.ofMinutes(5));
    assertThat(got.attempts()).containsExactly(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void theHandlersThrowingNacks() {
    Received got = new Received().fails();
    subscribe(options(), got);
    publish("a");
    run();
    got.then(delivery -> {});
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aCallInTheHandlerCountsInsteadOfItsReturn() {
    Received got = new Received();
    got.then(delivery -> delivery.nack("not yet", SECOND));
    subscribe(options(), got);
    publish("a");
    run();
    assertThat(group().floor()).isZero();
    got.then(delivery -> {});
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void anAckInAHandlerThatThrowsAfterwardsCounts() {
    Received got = new Received();
    got.then(
        delivery -> {
          delivery.ack();
          throw new IllegalStateException("after the ack");
        });
    subscribe(options(), got);
    publish("a");
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
    assertThat(process().heard().calls("nack")).isEmpty();
  }

  @Test
  void theBackOffGrowsFromAttemptToAttempt() {
    Received got = new Received().fails();
    subscribe(options().backoff(new Backoff(SECOND, 2, Duration.ofSeconds(3), 0)), got);
    publish("a");
    run();
    List<Integer> counts = new ArrayList<>();
    for (int second = 0; second < 7; second++) {
      pass(SECOND);
      counts.add(got.count());
    }
    assertThat(counts).containsExactly(2, 2, 3, 3, 3, 4, 4);
  }

  @Test
  void aDelayGivenCountsInsteadOfTheBackOff() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    assertThat(got.last().nack("later", Duration.ofSeconds(20))).isEqualTo(AckResult.OK);
    pass(Duration.ofMillis(19_999));
    assertThat(got.count()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void aWaitingRetryHoldsNothingElseBack() {
    Received got = new Received();
    subscribe(manual(), got);
    publishMany(1);
    run();
    got.last().nack("later", Duration.ofMinutes(1));
    publishMany(5);
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void aDelayOutsideItsBoundsIsRefused() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    Delivery<String> delivery = got.last();
    assertThatThrownBy(() -> delivery.nack("x", Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("delay");
    assertThatThrownBy(() -> delivery.nack("x", Duration.ofHours(1).plusMillis(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 h");
    assertThatThrownBy(() -> delivery.handBack(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("delay");
    assertThatThrownBy(() -> delivery.handBack(Duration.ofHours(1).plusMillis(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 h");
    assertThatThrownBy(() -> delivery.extend(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12 h");
    assertThat(delivery.ack()).isEqualTo(AckResult.OK);
  }

  @Test
  void whatIsHandedBackComesAgainUncountedAfterTheTimeGiven() {
    Received got = new Received();
    Subscription subscription = subscribe(manual(), got);
    publish("a");
    run();
    assertThat(got.last().handBack(Duration.ofSeconds(20))).isEqualTo(AckResult.OK);
    assertThat(subscription.inFlight()).isZero();
    pass(Duration.ofMillis(19_999));
    assertThat(got.count()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    assertThat(got.attempts()).containsExactly(1, 1);
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void handingBackInTheHandlerCountsInsteadOfItsReturnAndIsNoFailure() {
    Received got = new Received();
    got.then(delivery -> delivery.handBack(SECOND));
    subscribe(options().maxAttempts(2), got);
    publish("a");
    pass(Duration.ofSeconds(10));
    assertThat(group().floor()).isZero();
    assertThat(letters()).isEmpty();
    got.then(delivery -> {});
    pass(SECOND);
    assertThat(got.attempts()).hasSize(12).containsOnly(1);
    assertThat(group().floor()).isEqualTo(1);
    assertThat(process().heard().calls("nack")).isEmpty();
  }

  @Test
  void handingBackKeepsTheFailuresThatWere() {
    Received got = new Received();
    subscribe(manual().maxAttempts(2), got);
    publish("a");
    run();
    got.last().nack("not yet");
    pass(SECOND);
    got.last().handBack(SECOND);
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2, 2);
    got.last().nack("never");
    run();
    assertThat(onlyLetter().attempts()).isEqualTo(2);
  }

  @Test
  void whatIsHandedBackGoesToAnyone() {
    Received first = new Received();
    Received second = new Received();
    Subscription subscription = subscribe(manual(), first);
    publish("a");
    run();
    subscribe(manual(), second);
    first.last().handBack(Duration.ofSeconds(5));
    subscription.pause();
    pass(Duration.ofSeconds(5));
    assertThat(second.attempts()).containsExactly(1);
  }

  @Test
  void whatIsHandedBackGoesToAnotherProcessWhenThisOneDies() {
    Received first = new Received();
    Received second = new Received();
    subscribe(manual(), first);
    publish("a");
    run();
    first.last().handBack(Duration.ofSeconds(5));
    run();
    process().kill();
    newProcess().bus().subscribe(ORDERS, GROUP, manual().build(), second);
    pass(Duration.ofMillis(4999));
    assertThat(second.count()).isZero();
    pass(Duration.ofMinutes(1));
    assertThat(second.attempts()).startsWith(1);
  }

  @Test
  void whatWasHandedBackIsNoLongerTheLeases() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    Delivery<String> stale = got.last();
    stale.handBack(SECOND);
    assertThat(stale.leaseLost()).isTrue();
    assertThat(stale.ack()).isEqualTo(AckResult.STALE_LEASE);
    assertThat(stale.handBack(SECOND)).isEqualTo(AckResult.STALE_LEASE);
    pass(SECOND);
    assertThat(got.count()).isEqualTo(2);
    assertThat(stale.handBack(Duration.ZERO)).isEqualTo(AckResult.STALE_LEASE);
    assertThat(got.last().leaseLost()).isFalse();
  }

  @Test
  void aLateHandBackLeavesTheExpiryAsItCounted() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5500));
    assertThat(got.last().handBack(Duration.ofMinutes(1))).isEqualTo(AckResult.OK);
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void terminateMakesADeadLetterAtOnce() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    assertThat(got.last().terminate("no such customer")).isEqualTo(AckResult.OK);
    run();
    assertThat(onlyLetter().error()).isEqualTo("no such customer");
    assertThat(onlyLetter().attempts()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
    assertThat(got.last().ack()).isEqualTo(AckResult.DEAD_LETTERED);
    assertThat(got.last().handBack(SECOND)).isEqualTo(AckResult.DEAD_LETTERED);
  }

  @Test
  void anExpiryWaitsTheBackOffAndCounts() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5999));
    assertThat(got.count()).isEqualTo(1);
    pass(Duration.ofMillis(1));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void aLeaseBeginsWhenItsHandlerStarts() {
    Received got = new Received();
    got.then(delivery -> clock.advance(Duration.ofSeconds(4)));
    subscribe(options().ackDeadline(Duration.ofSeconds(5)), got);
    publishMany(10);
    pass(Duration.ofMinutes(1));
    assertThat(got.attempts()).hasSize(10).containsOnly(1);
  }

  @Test
  void theDeadlineRunsDown() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(10)), got);
    publish("a");
    run();
    assertThat(got.last().ackDeadline()).isEqualTo(Duration.ofSeconds(10));
    pass(Duration.ofSeconds(4));
    assertThat(got.last().ackDeadline()).isEqualTo(Duration.ofSeconds(6));
    assertThat(got.last().leaseLost()).isFalse();
    pass(Duration.ofSeconds(6));
    assertThat(got.last().ackDeadline()).isLessThanOrEqualTo(Duration.ZERO);
    assertThat(got.last().leaseLost()).isTrue();
  }

  @Test
  void extendSetsTheDeadlineAnew() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofSeconds(4));
    assertThat(got.last().extend(Duration.ofSeconds(20))).isEqualTo(AckResult.OK);
    assertThat(got.last().ackDeadline()).isEqualTo(Duration.ofSeconds(20));
    pass(Duration.ofSeconds(19));
    assertThat(got.count()).isEqualTo(1);
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
  }

  @Test
  void extendCanShortenALease() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofMinutes(5)), got);
    publish("a");
    run();
    got.last().extend(SECOND);
    pass(Duration.ofSeconds(2));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void aLateAckCountsWhileNobodyTookTheEvent() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5500));
    assertThat(got.last().leaseLost()).isTrue();
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aLateTerminateCountsTheAttemptOnce() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5500));
    assertThat(got.last().terminate("no such customer")).isEqualTo(AckResult.OK);
    run();
    assertThat(onlyLetter().attempts()).isEqualTo(1);
  }

  @Test
  void whatIsTerminatedLateDoesNotBeginAgainThoughItsRetryIsDue() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5500));
    clock.advance(SECOND);
    assertThat(got.last().terminate("no such customer")).isEqualTo(AckResult.OK);
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
    assertThat(onlyLetter().attempts()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anExpiredLeaseIsDeliveredToAnotherSubscriber() {
    Received first = new Received();
    Received second = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), first);
    publish("a");
    run();
    subscribe(manual().ackDeadline(Duration.ofMinutes(5)), second);
    pass(Duration.ofMillis(4999));
    assertThat(second.count()).isZero();
    pass(Duration.ofMillis(1501));
    assertThat(first.count()).isEqualTo(1);
    assertThat(second.attempts()).containsExactly(2);
  }

  @Test
  void aLateAckOfALeaseThatIsNotYetSeenToHaveExpiredCounts() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    run();
    clock.advance(Duration.ofSeconds(6));
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
  }

  @Test
  void aLateExtendTakesTheEventBackWhileNobodyTookIt() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofMillis(5500));
    assertThat(got.last().extend(Duration.ofSeconds(30))).isEqualTo(AckResult.OK);
    pass(Duration.ofSeconds(29));
    assertThat(got.count()).isEqualTo(1);
    assertThat(got.last().leaseLost()).isFalse();
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
  }

  @Test
  void aLateCallAfterSomebodyTookTheEventIsStaleAndChangesNothing() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    pass(Duration.ofSeconds(6));
    assertThat(got.count()).isEqualTo(2);
    Delivery<String> stale = got.get(0);
    assertThat(stale.ack()).isEqualTo(AckResult.STALE_LEASE);
    assertThat(stale.nack("x")).isEqualTo(AckResult.STALE_LEASE);
    assertThat(stale.handBack(SECOND)).isEqualTo(AckResult.STALE_LEASE);
    assertThat(stale.extend(SECOND)).isEqualTo(AckResult.STALE_LEASE);
    assertThat(stale.terminate("x")).isEqualTo(AckResult.STALE_LEASE);
    assertThat(group().floor()).isZero();
    assertThat(got.get(1).ack()).isEqualTo(AckResult.OK);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aSecondAckSaysThatItWasAckedBefore() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    assertThat(got.last().ack()).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(got.last().nack("x")).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(got.last().handBack(SECOND)).isEqualTo(AckResult.ALREADY_ACKED);
    run();
    assertThat(got.last().extend(SECOND)).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(got.last().terminate("x")).isEqualTo(AckResult.ALREADY_ACKED);
    assertThat(letters()).isEmpty();
  }

  @Test
  void anAckAfterANackIsStale() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    got.last().nack("x");
    assertThat(got.last().ack()).isEqualTo(AckResult.STALE_LEASE);
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void anAckByIdAndLeaseCounts() {
    Received got = new Received();
    subscribe(manual(), got);
    String id = publish("a").id();
    run();
    assertThat(leases().ack(id, got.last().lease())).isEqualTo(AckResult.OK);
    assertThat(group().floor()).isEqualTo(1);
    assertThat(leases().ack(id, got.last().lease())).isEqualTo(AckResult.ALREADY_ACKED);
  }

  @Test
  void theOtherCallsByIdAndLeaseCountToo() {
    Received got = new Received();
    subscribe(manual(), got);
    String id = publish("a").id();
    run();
    assertThat(leases().extend(id, got.last().lease(), Duration.ofMinutes(2)))
        .isEqualTo(AckResult.OK);
    assertThat(got.last().ackDeadline()).isEqualTo(Duration.ofMinutes(2));
    assertThat(leases().nack(id, got.last().lease(), "later", Duration.ofSeconds(3)))
        .isEqualTo(AckResult.OK);
    pass(Duration.ofSeconds(3));
    assertThat(got.attempts()).containsExactly(1, 2);
    assertThat(leases().terminate(id, got.last().lease(), "no")).isEqualTo(AckResult.OK);
    assertThat(leases().ack(id, got.last().lease())).isEqualTo(AckResult.DEAD_LETTERED);
    assertThat(onlyLetter().error()).isEqualTo("no");
  }

  @Test
  void anotherLeaseOrAnUnknownIdIsToldApart() {
    Received got = new Received();
    subscribe(manual().maxInFlight(1), got);
    String id = publish("a").id();
    String waiting = publish("b").id();
    run();
    assertThat(leases().ack(id, "not-the-lease")).isEqualTo(AckResult.STALE_LEASE);
    assertThat(leases().ack("no-such-id", "x")).isEqualTo(AckResult.UNKNOWN);
    assertThat(leases().ack(waiting, "x")).isIn(AckResult.UNKNOWN, AckResult.STALE_LEASE);
    assertThat(bus().leases(ORDERS.name(), "nobody").ack(id, "x")).isEqualTo(AckResult.UNKNOWN);
    assertThat(group().floor()).isZero();
  }

  @Test
  void everyDeliveryHasALeaseOfItsOwn() {
    Received got = new Received().fails();
    subscribe(options().maxAttempts(3), got);
    publishMany(2);
    pass(Duration.ofSeconds(5));
    List<String> leases = new ArrayList<>();
    for (int i = 0; i < got.count(); i++) {
      leases.add(got.get(i).lease());
    }
    assertThat(leases).hasSize(6).doesNotHaveDuplicates();
  }

  @Test
  void withManualAckTheHandlersReturnDoesNotAck() {
    Received got = new Received();
    Subscription subscription = subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    publish("a");
    run();
    assertThat(group().floor()).isZero();
    assertThat(subscription.inFlight()).isEqualTo(1);
    pass(Duration.ofSeconds(6));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void withManualAckThrowingNacks() {
    Received got = new Received().fails();
    Subscription subscription = subscribe(manual(), got);
    publish("a");
    run();
    assertThat(subscription.inFlight()).isZero();
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void maxInFlightIsNeverPassed() {
    Received got = new Received();
    Subscription subscription = subscribe(manual().maxInFlight(3).concurrency(10), got);
    publishMany(10);
    run();
    assertThat(got.count()).isEqualTo(3);
    assertThat(subscription.inFlight()).isEqualTo(3);
    got.get(0).ack();
    run();
    assertThat(got.count()).isEqualTo(4);
    got.get(1).nack("x", Duration.ofMinutes(1));
    got.get(2).terminate("x");
    run();
    assertThat(got.count()).isEqualTo(6);
    assertThat(subscription.inFlight()).isEqualTo(3);
  }

  @Test
  void anAsyncHandlersStageAcksWhenItCompletes() {
    CompletableFuture<Void> work = new CompletableFuture<>();
    List<Delivery<String>> got = new ArrayList<>();
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().build(),
            Handler.async(
                delivery -> {
                  got.add(delivery);
                  return work;
                }));
    publish("a");
    run();
    assertThat(got).hasSize(1);
    assertThat(group().floor()).isZero();
    work.complete(null);
    run();
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anAsyncHandlersStageNacksWhenItFails() {
    List<Integer> attempts = new ArrayList<>();
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().maxAttempts(3).build(),
            Handler.async(
                delivery -> {
                  attempts.add(delivery.attempt());
                  return CompletableFuture.failedFuture(new IllegalStateException("boom"));
                }));
    publish("a");
    pass(Duration.ofSeconds(5));
    assertThat(attempts).containsExactly(1, 2, 3);
    assertThat(onlyLetter().error()).contains("boom");
  }

  @Test
  void anAsyncHandlerThatThrowsOrGivesNoStageNacks() {
    List<Integer> attempts = new ArrayList<>();
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().maxAttempts(3).build(),
            Handler.async(
                delivery -> {
                  attempts.add(delivery.attempt());
                  if (delivery.attempt() == 1) {
                    throw new IllegalStateException("boom");
                  }
                  return noStage();
                }));
    publish("a");
    publish("b");
    pass(Duration.ofSeconds(5));
    assertThat(attempts).containsExactlyInAnyOrder(1, 1, 2, 2, 3, 3);
    assertThat(letters()).hasSize(2);
  }

  @Test
  void concurrencyBoundsAsyncHandlersByTheirStages() {
    List<CompletableFuture<Void>> working = new ArrayList<>();
    bus()
        .subscribe(
            ORDERS,
            GROUP,
            options().concurrency(2).build(),
            Handler.async(
                delivery -> {
                  CompletableFuture<Void> stage = new CompletableFuture<>();
                  working.add(stage);
                  return stage;
                }));
    publishMany(5);
    run();
    assertThat(working).hasSize(2);
    working.get(1).complete(null);
    run();
    assertThat(working).hasSize(3);
    working.get(0).complete(null);
    working.get(2).complete(null);
    run();
    assertThat(working).hasSize(5);
  }

  @Test
  void concurrencyBoundsHandlersThatRunAtOnce() {
    Received got = new Received();
    int[] running = new int[2];
    got.then(
        delivery -> {
          running[1] = Math.max(running[1], ++running[0]);
          run();
          running[0]--;
        });
    subscribe(options().concurrency(3), got);
    publishMany(20);
    run();
    assertThat(running[1]).isEqualTo(3);
    assertThat(got.count()).isEqualTo(20);
  }

  @Test
  void aPausedSubscriberStartsNothingAndKeepsItsLeases() {
    Received got = new Received();
    Subscription subscription = subscribe(manual(), got);
    publish("a");
    run();
    subscription.pause();
    publish("b");
    run();
    assertThat(got.count()).isEqualTo(1);
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    run();
    assertThat(got.count()).isEqualTo(1);
    subscription.resume();
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L);
  }

  @Test
  void whatAPausedSubscriberDoesNotTakeGoesToAnother() {
    Received first = new Received();
    Received second = new Received();
    subscribe(options(), first).pause();
    subscribe(options(), second);
    publishMany(5);
    run();
    assertThat(first.count()).isZero();
    assertThat(second.count()).isEqualTo(5);
  }

  @Test
  void aClosedSubscriberHandsBackUncounted() {
    Received first = new Received();
    Subscription subscription = subscribe(manual(), first);
    publishMany(3);
    run();
    first.get(1).ack();
    subscription.close();
    Received second = new Received();
    subscribe(manual(), second);
    run();
    assertThat(second.seqs()).containsExactlyInAnyOrder(1L, 3L);
    assertThat(second.attempts()).containsOnly(1);
  }

  @Test
  void aHandlerThatRunsWhenItsSubscriptionClosesFinishesAndItsAckCounts() {
    Received got = new Received();
    List<Subscription> subscription = new ArrayList<>();
    got.then(
        delivery -> {
          subscription.get(0).close();
          run();
        });
    subscription.add(subscribe(options(), got));
    publishMany(2);
    run();
    assertThat(got.seqs()).containsExactly(1L);
    Received second = new Received();
    subscribe(options(), second);
    run();
    assertThat(second.seqs()).containsExactly(2L);
    assertThat(second.attempts()).containsExactly(1);
  }

  @Test
  void anAbandonedSubscriberCountsAsAFailure() {
    Received first = new Received();
    Subscription subscription = subscribe(manual(), first);
    publish("a");
    run();
    subscription.abandon();
    Received second = new Received();
    subscribe(manual(), second);
    pass(SECOND);
    assertThat(second.attempts()).containsExactly(2);
  }

  @Test
  void competingSubscribersGetEachEventOnce() {
    List<Received> all = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      Received got = new Received();
      got.then(delivery -> run());
      all.add(got);
      subscribe(options(), got);
    }
    publishMany(100);
    run();
    List<Long> seqs = all.stream().flatMap(got -> got.seqs().stream()).toList();
    assertThat(seqs).hasSize(100).doesNotHaveDuplicates();
    assertThat(all).allSatisfy(got -> assertThat(got.count()).isPositive());
  }

  @Test
  void aDurableAckCompletesWhenItIsWritten() {
    Received got = new Received();
    subscribe(manual(), got);
    publish("a");
    run();
    CompletableFuture<AckResult> durable = got.last().ackDurably().toCompletableFuture();
    assertThat(durable).isNotDone();
    run();
    assertThat(durable).isCompletedWithValue(AckResult.OK);
  }

  @Test
  void aTombstoneHasNoPayload() {
    Received got = new Received();
    subscribe(manual(), got);
    publishTombstone();
    run();
    assertThat(got.last().isTombstone()).isTrue();
    assertThatThrownBy(() -> got.last().payload())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("isTombstone");
  }

  private Leases leases() {
    return bus().leases(ORDERS.name(), GROUP);
  }

  @SuppressWarnings("NullAway") // null is how a tombstone is published
  private void publishTombstone() {
    bus().publish(ORDERS, null);
  }

  @SuppressWarnings("NullAway") // what a careless handler gives
  private static CompletableFuture<Void> noStage() {
    return null;
  }

  @Test
  void aLateAckByIdCountsWhileNobodyTookTheEvent() {
    Received got = new Received();
    subscribe(manual().ackDeadline(Duration.ofSeconds(5)), got);
    String id = publish("a").id();
    pass(Duration.ofMillis(5500));
    assertThat(leases().ack(id, got.last().lease())).isEqualTo(AckResult.OK);
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
  }
}
