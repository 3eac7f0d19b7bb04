package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.SubscribeOptions;
import io.promlib.event.PublishOptions;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TestProcess;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A process dies, or an answer is lost, while slots are claimed, worked or given away. */
class SlotCrashTest extends EngineScenarios {
  private static final int KEYS = 100;
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
  void slotsWhoseClaimHasNoAnswerAreWorkedAllTheSame() {
    newProcess().bus().subscribe(ORDERS, GROUP, keyed().build(), second).close();
    TestProcess process = shaky();
    fault.loseAnswer("compareAndSet");
    process.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    publishOneOfEachKey();
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(first.count()).isEqualTo(KEYS);
    allIsDone();
  }

  @Test
  void eventsWhoseClaimHasNoAnswerAreReadFromTheTopicAgain() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    run();
    fault.loseAnswer("compareAndSet");
    publishOneOfEachKey();
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(first.seqs()).hasSize(KEYS).doesNotHaveDuplicates();
    allIsDone();
  }

  @Test
  void slotsGivenAwayWithoutAnAnswerAreWorkedByTheOtherAndStayWhole() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    run();
    newProcess().bus().subscribe(ORDERS, GROUP, keyed().build(), second);
    run();
    fault.loseAnswer("compareAndSet");
    pass(LONG);
    publishOneOfEachKey();
    pass(LONG);

    assertThat(fault.struck()).isEqualTo(1);
    assertThat(second.count()).isPositive();
    assertThat(first.count() + second.count()).isEqualTo(KEYS);
    allIsDone();
  }

  @Test
  void aProcessThatDiesJustAfterItGaveSlotsAwayLosesTheRestToTheOther() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    run();
    newProcess().bus().subscribe(ORDERS, GROUP, keyed().build(), second);
    run();
    fault.kills(process::kill);
    fault.crashAfter("compareAndSet");
    pass(LONG);
    assertThat(fault.isOver()).isTrue();
    publishOneOfEachKey();
    pass(LONG);

    assertThat(second.count()).isEqualTo(KEYS);
    allIsDone();
  }

  @Test
  void pagesThatWereReadAndNeverClaimedAreReadByTheNextProcess() {
    TestProcess process = shaky();
    process.bus().subscribe(ORDERS, GROUP, keyed().build(), first);
    run();
    fault.kills(process::kill);
    fault.crashAfter("read");
    publishOneOfEachKey();
    pass(LONG);
    assertThat(fault.isOver()).isTrue();

    newProcess().bus().subscribe(ORDERS, GROUP, keyed().build(), second);
    pass(LONG);

    assertThat(second.seqs()).hasSize(KEYS).doesNotHaveDuplicates();
    assertThat(second.attempts()).containsOnly(1);
    allIsDone();
  }

  private static SubscribeOptions.Builder keyed() {
    return options().ordering(Ordering.KEY);
  }

  private void publishOneOfEachKey() {
    TestProcess publisher = newProcess();
    for (int key = 0; key < KEYS; key++) {
      publisher.bus().publish(ORDERS, "a", PublishOptions.none().key("key " + key));
    }
  }

  private TestProcess shaky() {
    Stores real = connection();
    Stores stores =
        new Stores(
            new ShakyEvents(real.events(), fault),
            new ShakyGroups(real.groups(), fault, (group, before, after) -> {}));
    return newProcess(stores, builder -> builder);
  }

  private void allIsDone() {
    GroupState state =
        connection().groups().load(new GroupKey(ORDERS.name(), GROUP)).orElseThrow().state();
    assertThat(state.floor()).isEqualTo(KEYS);
    assertThat(state.unfinished()).isZero();
  }
}
