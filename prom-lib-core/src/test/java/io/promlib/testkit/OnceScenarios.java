package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.bus.AckResult;
import io.promlib.bus.Handler;
import io.promlib.bus.SubscribeOptions;
import io.promlib.dedupe.DedupeStore;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.dedupe.Once;
import io.promlib.store.Ordering;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Handlers that run once for each event, over a store of dedupe marks beside the bus's. */
public abstract class OnceScenarios extends EngineScenarios {
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final Received got = new Received();
  private DedupeStore marks;

  /** An empty store, for {@link #ORDERS} and {@link #GROUP}. */
  protected abstract DedupeStore dedupe() throws Exception;

  @BeforeEach
  final void open() throws Exception {
    marks = dedupe();
  }

  @Test
  void anEventIsHandledAndAcked() {
    subscribe(options(), once().around(got));
    String id = publish("a").id();
    run();
    assertThat(got.payloads()).containsExactly("a");
    assertThat(got.last().isTombstone()).isFalse();
    assertThat(got.last().attempt()).isEqualTo(1);
    assertThat(got.last().ackDeadline()).isEqualTo(Duration.ofSeconds(30));
    assertThat(got.last().lease()).isNotEmpty();
    assertThat(group().floor()).isEqualTo(1);
    assertDone(id);
  }

  @Test
  void anEventThatIsDoneIsAckedWithoutTheHandler() {
    for (SubscribeOptions.Builder options : List.of(options(), manual())) {
      String id = publish("a").id();
      marks.complete(id, begin(id), now());
      try (var subscription = bus().subscribe(ORDERS, GROUP, options.build(), once().around(got))) {
        run();
        assertThat(subscription.inFlight()).isZero();
      }
      assertThat(group().lag()).isZero();
    }
    assertThat(got.count()).isZero();
  }

  @Test
  void oneThatAnotherHandlesIsHandedBackUncountedUntilTheLeaseEnds() {
    String id = publish("a").id();
    begin(id);
    subscribe(options(), once().around(got));
    pass(LEASE.minusMillis(1));
    assertThat(got.count()).isZero();
    pass(Duration.ofMillis(1));
    assertThat(got.attempts()).containsExactly(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void oneThatAnotherCompletesMeanwhileIsAcked() {
    String id = publish("a").id();
    String token = begin(id);
    subscribe(options(), once().around(got));
    run();
    marks.complete(id, token, now());
    pass(LEASE);
    assertThat(got.count()).isZero();
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aLeaseOfMoreThanAnHourIsWaitedForInParts() {
    String id = publish("a").id();
    marks.begin(id, Duration.ofMinutes(61), now());
    subscribe(options(), once().around(got));
    pass(Duration.ofMinutes(61).minusMillis(1));
    assertThat(got.count()).isZero();
    pass(Duration.ofMillis(1));
    assertThat(got.attempts()).containsExactly(1);
  }

  @Test
  void ofTwoDeliveriesAtOnceOneRuns() {
    List<String> order = new ArrayList<>();
    got.then(
        delivery -> {
          order.add("begins");
          pass(Duration.ofSeconds(40)); // its lease expires, and it is delivered again
          order.add("ends");
        });
    subscribe(options().concurrency(2), once().around(got));
    publish("a");
    run();
    pass(Duration.ofMinutes(2));
    assertThat(order).containsExactly("begins", "ends");
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aKeyWaitsForTheOneThatIsHandledElsewhere() {
    begin(publishKeyed("k").id());
    publishKeyed("k");
    publishKeyed("other");
    subscribe(options().ordering(Ordering.KEY), once().around(got));
    run();
    assertThat(got.seqs()).containsExactly(3L);
    pass(LEASE);
    assertThat(got.seqs()).containsExactly(3L, 1L, 2L);
  }

  @Test
  void aHandlerThatThrowsRunsAgainAtItsNextAttempt() {
    got.fails();
    subscribe(options(), once().around(got));
    publish("a");
    run();
    got.then(delivery -> {});
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anEventThatFailedForGoodRunsAgainWhenItIsRedriven() {
    got.fails();
    subscribe(options().maxAttempts(2), once().around(got));
    publish("a");
    pass(Duration.ofSeconds(2));
    got.then(delivery -> {});
    redrive(onlyLetter());
    assertThat(got.count()).isEqualTo(3);
    assertThat(letters()).isEmpty();
  }

  @Test
  void aCrashInTheHandlerRunsItAgainWhenTheLeaseEnds() {
    TestProcess dying = newProcess();
    TestProcess next = newProcess();
    Handler<String> never = Handler.async(delivery -> new CompletableFuture<>());
    dying.bus().subscribe(ORDERS, GROUP, options().build(), once().around(never));
    String id = publish("a").id();
    dying.workers().runAll();
    assertThat(marks.begin(id, LEASE, now())).isInstanceOf(Begin.Busy.class);
    dying.kill();
    next.bus().subscribe(ORDERS, GROUP, options().build(), once().around(got));
    pass(LEASE.minusSeconds(1));
    assertThat(got.count()).isZero();
    pass(Duration.ofMinutes(1));
    assertThat(got.count()).isEqualTo(1);
  }

  @Test
  void aCrashBetweenTheMarkAndTheAckRunsNothingAgain() {
    TestProcess dying = newProcess();
    TestProcess next = newProcess();
    Received first = new Received();
    Handler<String> acksNoMore =
        delivery -> once().around(first).handle(new KilledAtAck(delivery, dying));
    dying.bus().subscribe(ORDERS, GROUP, options().build(), acksNoMore);
    publish("a");
    dying.workers().runAll();
    assertThat(first.count()).isEqualTo(1);
    next.bus().subscribe(ORDERS, GROUP, options().build(), once().around(got));
    pass(Duration.ofMinutes(5));
    assertThat(got.count()).isZero();
    assertThat(next.bus().admin().group(ORDERS.name(), GROUP).orElseThrow().floor()).isEqualTo(1);
  }

  @Test
  void anAckInTheHandlerIsRememberedBefore() {
    got.then(
        delivery -> {
          assertThat(delivery.ack()).isEqualTo(AckResult.OK);
          assertThat(delivery.ack()).isEqualTo(AckResult.ALREADY_ACKED);
          throw new IllegalStateException("after the ack");
        });
    subscribe(options(), once().around(got));
    String id = publish("a").id();
    pass(Duration.ofMinutes(5));
    assertThat(got.count()).isEqualTo(1);
    assertDone(id);
  }

  @Test
  void aDurableAckIsRememberedBefore() {
    got.then(delivery -> delivery.ackDurably());
    subscribe(options(), once().around(got));
    String id = publish("a").id();
    run();
    assertDone(id);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void whateverElseSettlesInTheHandlerLeavesTheEventUndone() {
    List<Handler<String>> ways =
        List.of(
            delivery -> delivery.nack("not yet"),
            delivery -> delivery.nack("not yet", SECOND),
            delivery -> delivery.handBack(SECOND));
    for (Handler<String> way : ways) {
      Received twice = new Received().then(way);
      try (var subscription =
          bus().subscribe(ORDERS, GROUP, options().build(), once().around(twice))) {
        publish("a");
        run();
        twice.then(delivery -> {});
        pass(SECOND);
        assertThat(twice.count()).isEqualTo(2);
        assertThat(subscription.inFlight()).isZero();
      }
    }
    assertThat(group().floor()).isEqualTo(3);
  }

  @Test
  void whatIsTerminatedRunsAgainWhenItIsRedriven() {
    got.then(delivery -> delivery.terminate("no such customer"));
    subscribe(options(), once().around(got));
    publish("a");
    run();
    got.then(delivery -> {});
    redrive(onlyLetter());
    assertThat(got.count()).isEqualTo(2);
    assertThat(letters()).isEmpty();
  }

  @Test
  void aReturnSettlesAManualAckSubscriptionToo() {
    subscribe(manual(), once().around(got));
    publish("a");
    run();
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void withManualAckTheReturnSettlesNothing() {
    subscribe(manual(), once().manualAck().around(got));
    String id = publish("a").id();
    run();
    assertThat(group().floor()).isZero();
    assertThat(marks.begin(id, LEASE, now())).isInstanceOf(Begin.Busy.class);
    assertThat(got.last().ack()).isEqualTo(AckResult.OK);
    assertDone(id);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void withManualAckWhatIsNeverSettledRunsAgain() {
    subscribe(manual(), once().manualAck().around(got));
    publish("a");
    pass(Duration.ofSeconds(61));
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void withManualAckThrowingNacksAndAbandons() {
    got.fails();
    subscribe(manual(), once().manualAck().around(got));
    publish("a");
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void anAsynchronousHandlerStaysOneAndIsDoneWithItsStage() {
    CompletableFuture<Void> work = new CompletableFuture<>();
    subscribe(options(), once().around(Handler.async(delivery -> work)));
    String id = publish("a").id();
    run();
    assertThat(marks.begin(id, LEASE, now())).isInstanceOf(Begin.Busy.class);
    work.complete(null);
    run();
    assertDone(id);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anAsynchronousHandlerThatFailsInAnyWayRunsAgain() {
    List<Integer> attempts = new ArrayList<>();
    Handler<String> fails =
        Handler.async(
            delivery -> {
              attempts.add(delivery.attempt());
              return switch (delivery.attempt()) {
                case 1 -> CompletableFuture.failedFuture(new IllegalStateException("boom"));
                case 2 -> throw new IllegalStateException("boom");
                case 3 -> noStage();
                default -> CompletableFuture.completedFuture("done");
              };
            });
    subscribe(options(), once().around(fails));
    publish("a");
    pass(Duration.ofSeconds(5));
    assertThat(attempts).containsExactly(1, 2, 3, 4);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void anAsynchronousHandlerIsNotStartedForWhatIsDoneOrBusy() {
    String done = publish("a").id();
    marks.complete(done, begin(done), now());
    begin(publish("b").id());
    List<Long> seqs = new ArrayList<>();
    Handler<String> notes =
        Handler.async(
            delivery -> {
              seqs.add(delivery.record().seq());
              return CompletableFuture.completedFuture(null);
            });
    subscribe(options(), once().around(notes));
    run();
    assertThat(seqs).isEmpty();
    pass(LEASE);
    assertThat(seqs).containsExactly(2L);
    assertThat(group().floor()).isEqualTo(2);
  }

  @Test
  void theLeaseIsTheOneGivenButNoShorterThanTheDeliverys() {
    assertThat(leftAfterBegin(once(), Duration.ofSeconds(10))).isEqualTo(LEASE);
    assertThat(leftAfterBegin(once().lease(Duration.ofMinutes(3)), Duration.ofSeconds(10)))
        .isEqualTo(Duration.ofMinutes(3));
    assertThat(leftAfterBegin(once().lease(SECOND), Duration.ofMinutes(7)))
        .isEqualTo(Duration.ofMinutes(7));
  }

  private Duration leftAfterBegin(Once once, Duration deadline) {
    List<Duration> left = new ArrayList<>();
    got.then(
        delivery ->
            left.add(((Begin.Busy) marks.begin(delivery.record().id(), LEASE, now())).left()));
    try (var subscription =
        bus().subscribe(ORDERS, GROUP, options().ackDeadline(deadline).build(), once.around(got))) {
      publish("a");
      run();
      assertThat(subscription.inFlight()).isZero();
    }
    return left.get(0);
  }

  @Test
  void aLeaseOutOfBoundsIsRefused() {
    assertThatThrownBy(() -> once().lease(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("12 h");
    assertThatThrownBy(() -> once().lease(Duration.ofHours(13)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aStoreThatIsAwayAtTheBeginningFailsTheAttempt() {
    Broken broken = new Broken(marks);
    broken.begins = false;
    subscribe(options(), Once.over(broken).timing(clock).around(got));
    publish("a");
    run();
    assertThat(got.count()).isZero();
    broken.begins = true;
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(2);
  }

  @Test
  void aStoreThatIsAwayAtTheEndLeavesTheEventAcked() {
    subscribe(options(), Once.over(new Broken(marks)).timing(clock).around(got));
    publish("a");
    pass(Duration.ofMinutes(5));
    assertThat(got.count()).isEqualTo(1);
    assertThat(group().floor()).isEqualTo(1);
  }

  @Test
  void aStoreThatIsAwayWhenTheHandlerFailedHoldsTheEventBackForTheLease() {
    got.fails();
    subscribe(options(), Once.over(new Broken(marks)).timing(clock).around(got));
    publish("a");
    pass(LEASE.minusSeconds(1));
    assertThat(got.attempts()).containsExactly(1);
    got.then(delivery -> {});
    pass(SECOND);
    assertThat(got.attempts()).containsExactly(1, 2);
  }

  @Test
  void aHandlerWhoseLeaseWentToAnotherIsAckedAndSpoilsNothing() {
    List<String> other = new ArrayList<>();
    got.then(
        delivery -> {
          clock.advance(Duration.ofMinutes(2));
          other.add(begin(delivery.record().id()));
        });
    subscribe(options().ackDeadline(Duration.ofSeconds(10)), once().around(got));
    String id = publish("a").id();
    run();
    assertThat(marks.begin(id, LEASE, now())).isInstanceOf(Begin.Busy.class);
    assertThat(marks.complete(id, other.get(0), now())).isTrue();
  }

  /** Begins, if that, and is away then. */
  private static final class Broken implements DedupeStore {
    private final DedupeStore marks;
    private boolean begins = true;

    Broken(DedupeStore marks) {
      this.marks = marks;
    }

    @Override
    public Begin begin(String id, Duration lease, long now) {
      if (!begins) {
        throw away();
      }
      return marks.begin(id, lease, now);
    }

    @Override
    public boolean complete(String id, String token, long now) {
      throw away();
    }

    @Override
    public boolean abandon(String id, String token) {
      throw away();
    }

    @Override
    public void close() {}

    private static StoreUnavailableException away() {
      return new StoreUnavailableException("away by the test", null);
    }
  }

  @SuppressWarnings("NullAway") // what a careless handler gives
  private static CompletableFuture<Void> noStage() {
    return null;
  }

  private Once once() {
    return Once.over(marks).timing(clock);
  }

  private void subscribe(SubscribeOptions.Builder options, Handler<String> handler) {
    bus().subscribe(ORDERS, GROUP, options.build(), handler);
  }

  private String begin(String id) {
    return ((Begin.Started) marks.begin(id, LEASE, now())).token();
  }

  private long now() {
    return clock.millis();
  }

  private void assertDone(String id) {
    assertThat(marks.begin(id, LEASE, now())).isEqualTo(new Begin.Done());
  }
}
