package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.PublishException;
import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.store.GroupKey;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TestProcess;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A process dies, or an answer is lost, at one exact place between two steps. */
class CrashBetweenStepsTest extends EngineScenarios {
  private static final Duration CLAIM_LEASE = Duration.ofSeconds(10);
  private static final Duration LONG = Duration.ofMinutes(2);

  private final OneFault fault = new OneFault();
  private final Received first = new Received();
  private final Received second = new Received();

  @Override
  protected Supplier<Stores> stores() {
    Stores stores = new Stores(new InMemoryEventStore(), new InMemoryGroupStore());
    return () -> stores;
  }

  @Test
  void aClaimThatWasWrittenAndNeverReadIsTakenOver() {
    TestProcess dying = shaky();
    dying.bus().subscribe(ORDERS, GROUP, options().build(), first);
    run();
    other().bus().publish(ORDERS, "a");
    fault.crashBefore("read");
    dies(dying);

    survives();

    assertThat(first.count()).isZero();
    assertThat(second.attempts()).containsExactly(2);
    allIsDone(1);
  }

  @Test
  void anEventThatWasHandledButWhoseAckWasNotWrittenComesAgainAsItsSecondAttempt() {
    TestProcess dying = shaky();
    dying.bus().subscribe(ORDERS, GROUP, options().build(), first);
    first.then(delivery -> fault.crashBefore("compareAndSet"));
    dying.bus().publish(ORDERS, "a");
    dies(dying);

    survives();

    assertThat(first.attempts()).containsExactly(1);
    assertThat(second.attempts()).containsExactly(2);
    allIsDone(1);
  }

  @Test
  void anEventWhoseAckWasWrittenDoesNotComeAgain() {
    TestProcess dying = shaky();
    dying.bus().subscribe(ORDERS, GROUP, options().build(), first);
    first.then(delivery -> fault.crashAfter("compareAndSet"));
    dying.bus().publish(ORDERS, "a");
    dies(dying);

    survives();

    assertThat(first.count()).isEqualTo(1);
    assertThat(second.count()).isZero();
    allIsDone(1);
  }

  @Test
  void aLetterWhoseEventDidNotCountAsDoneYetIsWrittenOnce() {
    TestProcess dying = shaky();
    dying.bus().subscribe(ORDERS, GROUP, options().maxAttempts(1).build(), first);
    first.then(
        delivery -> {
          fault.crashAfter("append");
          throw new IllegalStateException("boom");
        });
    dying.bus().publish(ORDERS, "a");
    dies(dying);

    TestProcess next = other();
    next.bus().subscribe(ORDERS, GROUP, options().maxAttempts(1).build(), second.fails());
    pass(LONG);

    assertThat(next.bus().admin().deadLetters(ORDERS.name()).list(1, 10)).hasSize(1);
    allIsDone(1);
  }

  @Test
  void aRedrivenEventWhoseLetterIsDeletedIsDoneWhateverTheStateSays() {
    TestProcess dying = shaky();
    dying.bus().subscribe(ORDERS, GROUP, options().maxAttempts(1).build(), first.fails());
    dying.bus().publish(ORDERS, "a");
    pass(SECOND);
    first.then(delivery -> {});
    fault.crashAfter("remove");
    String letter = onlyLetter().id();
    dying.bus().admin().deadLetters(ORDERS.name()).redrive(letter);
    dies(dying);

    TestProcess next = other();
    next.bus().subscribe(ORDERS, GROUP, options().maxAttempts(1).build(), second);
    pass(LONG);

    assertThat(first.count()).isEqualTo(2);
    assertThat(second.count()).isZero();
    assertThat(next.bus().admin().deadLetters(ORDERS.name()).list(1, 10)).isEmpty();
    allIsDone(1);
  }

  @Test
  void eventsWhoseAppendsAnswerWasLostAreNotAppendedTwice() {
    TestProcess process = shaky();
    fault.loseAnswer("append");
    List<Message<String>> messages = List.of(message("a"), message("b"), message("c"));

    PublishException lost =
        catchThrowableOfType(
            PublishException.class, () -> process.bus().publishAll(ORDERS, messages));
    List<Published> again = process.bus().publishAll(ORDERS, messages);

    assertThat(lost.ids()).containsExactly("id-a", "id-b", "id-c");
    assertThat(again).allMatch(Published::duplicate);
    assertThat(process.bus().admin().read(ORDERS.name(), 1, 10).events())
        .extracting(EventRecord::id)
        .containsExactly("id-a", "id-b", "id-c");
  }

  @Test
  void aLostAnswerOfAnAsyncPublishFailsItWithTheIdAndAppendsOnce() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, options().build(), first);
    fault.loseAnswer("append");
    PublishOptions options = PublishOptions.none().id("id-a");
    CompletableFuture<Published> lost = process.bus().publishAsync(ORDERS, "a", options);
    run();
    CompletableFuture<Published> again = process.bus().publishAsync(ORDERS, "a", options);
    run();

    assertThat(lost)
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableOfType(ExecutionException.class)
        .withCauseInstanceOf(PublishException.class);
    assertThat(again).isCompletedWithValueMatching(Published::duplicate);
    pass(LONG);
    assertThat(first.seqs()).containsExactly(1L);
  }

  @Test
  void aClaimWhoseAnswerWasLostIsWorkedAllTheSame() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, options().build(), first);
    run();
    fault.loseAnswer("compareAndSet");
    process.bus().publishAll(ORDERS, List.of(Message.of("a"), Message.of("b")));
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(first.seqs()).containsExactly(1L, 2L);
    allIsDone(2);
  }

  @Test
  void acksWhoseWritesAnswerWasLostStandAndTheGroupGoesOn() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, options().build(), first);
    first.then(delivery -> fault.loseAnswer("compareAndSet"));
    process.bus().publish(ORDERS, "a");
    pass(LONG);
    first.then(delivery -> {});
    process.bus().publish(ORDERS, "b");
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(first.seqs()).containsExactly(1L, 2L);
    allIsDone(2);
  }

  @Test
  void aNackWhoseWritesAnswerWasLostCountsOnce() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, options().build(), first);
    first.then(
        delivery -> {
          if (delivery.attempt() == 1) {
            fault.loseAnswer("compareAndSet");
            throw new IllegalStateException("boom");
          }
        });
    process.bus().publish(ORDERS, "a");
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(first.attempts()).containsExactly(1, 2);
    allIsDone(1);
  }

  @Test
  void aHandBackThatFailsLeavesAClaimThatRunsOutByItself() throws Exception {
    TestProcess closing = shaky();
    closing.bus().subscribe(ORDERS, GROUP, manual().build(), first);
    closing.bus().publish(ORDERS, "a");
    run();
    fault.refuse("compareAndSet");
    closeInVain(closing);
    other().bus().subscribe(ORDERS, GROUP, options().build(), second);
    pass(CLAIM_LEASE.minusSeconds(3));
    assertThat(second.count()).isZero();

    pass(LONG);

    assertThat(fault.struck()).isPositive();
    assertThat(first.count()).isEqualTo(1);
    assertThat(second.attempts()).containsExactly(2);
    allIsDone(1);
  }

  private static Message<String> message(String payload) {
    return Message.of(payload, PublishOptions.none().id("id-" + payload));
  }

  /** The process whose store calls go wrong; the first, and never another's. */
  private TestProcess shaky() {
    Stores real = connection();
    Stores stores =
        new Stores(
            new ShakyEvents(real.events(), fault),
            new ShakyGroups(real.groups(), fault, (group, before, after) -> {}));
    return newProcess(stores, builder -> builder.claimLease(CLAIM_LEASE).closeGrace(SECOND));
  }

  private TestProcess other() {
    return newProcess(builder -> builder.claimLease(CLAIM_LEASE));
  }

  /** Lets it run into the crash that is set. */
  private void dies(TestProcess process) {
    fault.kills(process::kill);
    pass(SECOND);
    assertThat(fault.isOver()).as("the crash came").isTrue();
  }

  /** Another process subscribes, and time goes by until the dead one's claim is taken over. */
  private void survives() {
    other().bus().subscribe(ORDERS, GROUP, options().build(), second);
    pass(LONG);
  }

  private void allIsDone(long tail) {
    var state = connection().groups().load(new GroupKey(ORDERS.name(), GROUP));
    assertThat(state)
        .hasValueSatisfying(
            found -> {
              assertThat(found.state().floor()).isEqualTo(tail);
              assertThat(found.state().unfinished()).isZero();
            });
  }

  /** Closes a bus that cannot write, in no more time than its grace period. */
  private void closeInVain(TestProcess process) throws Exception {
    CompletableFuture<Void> closing = CompletableFuture.runAsync(process.bus()::close);
    await().until(() -> fault.struck() > 0);
    clock.advance(SECOND);
    closing.get(60, TimeUnit.SECONDS);
  }
}
