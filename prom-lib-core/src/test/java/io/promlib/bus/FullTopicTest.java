package io.promlib.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.event.EventRecord;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.Extent;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.store.memory.InMemoryLimits;
import io.promlib.testkit.EngineScenarios;
import io.promlib.testkit.Received;
import io.promlib.testkit.Stores;
import io.promlib.testkit.TestProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A topic in memory at its limits, by each choice of what happens there. */
class FullTopicTest extends EngineScenarios {
  private static final Topic<Payload> RAW = new Topic<>(ORDERS.name(), Payload.class);
  private static final Duration MOMENT = Duration.ofMillis(250);

  private final Received got = new Received();

  @Override
  protected Supplier<Stores> stores() {
    return InMemoryEngineTest.memory();
  }

  @Test
  void droppingTheOldestKeepsTheNewestAndTheLossIsCounted() {
    limit(3, Overflow.DROP_OLDEST);
    subscribe(options(), got).close();
    publishMany(10);
    assertThat(seqs()).containsExactly(8L, 9L, 10L);
    subscribe(options(), got);
    run();
    assertThat(got.seqs()).containsExactly(8L, 9L, 10L);
    assertThat(group().skipped()).isEqualTo(7);
    assertThat(process().heard().calls("skip"))
        .containsExactly("skip orders.placed mailer #1 to #7");
  }

  @Test
  void rejectingRefusesWhileAGroupIsBehindAndTakesAgainWhenItPassed() {
    limit(2, Overflow.REJECT);
    subscribe(options(), got);
    publishMany(2);
    assertThatThrownBy(() -> publish("one too many"))
        .isInstanceOf(TopicFullException.class)
        .hasMessageContaining(ORDERS.name())
        .hasMessageContaining("catch up");
    assertThat(seqs()).containsExactly(1L, 2L);
    run();
    assertThat(publish("c").seq()).isEqualTo(3);
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L);
  }

  @Test
  void rejectingTellsWhatOfAListWasAppended() {
    limit(3, Overflow.REJECT);
    subscribe(options(), got);
    publish("a");
    assertThatThrownBy(() -> publishMany(5))
        .isInstanceOfSatisfying(
            TopicFullException.class,
            e -> assertThat(e.placed()).extracting(Published::seq).containsExactly(2L, 3L))
        .hasMessageContaining("2 of 5");
  }

  @Test
  void theSlowestGroupDecidesHowMuchIsKept() {
    limit(4, Overflow.REJECT);
    Received slow = new Received();
    subscribe(options(), got);
    bus().subscribe(ORDERS, "slow", manual().build(), slow);
    publishMany(4);
    run();
    slow.get(0).ack();
    run();
    assertThat(publish("e").seq()).isEqualTo(5);
    assertThat(seqs()).containsExactly(2L, 3L, 4L, 5L);
    assertThatThrownBy(() -> publish("f")).isInstanceOf(TopicFullException.class);
  }

  @Test
  void aDeletedGroupHoldsNothingBack() {
    limit(2, Overflow.REJECT);
    subscribe(manual(), got);
    publishMany(2);
    run();
    bus().admin().deleteGroup(ORDERS.name(), GROUP);
    assertThat(publish("c").seq()).isEqualTo(3);
  }

  @Test
  void withoutAGroupTheNewestAreKept() {
    for (Overflow overflow : List.of(Overflow.REJECT, Overflow.BLOCK)) {
      limit(10, overflow);
      publishMany(25);
      assertThat(extent().count()).isEqualTo(10);
      assertThat(extent().first()).isEqualTo(extent().tail() - 9);
    }
  }

  @Test
  void anEventLargerThanItsTopicMayBeIsRefusedAndNothingIsRemoved() {
    for (Overflow overflow : Overflow.values()) {
      limit(100, overflow);
      publish("small");
      bus()
          .admin()
          .configure(ORDERS.name(), TopicSettings.IN_MEMORY.maxBytes(2000).overflow(overflow));
      long count = extent().count();
      assertThatThrownBy(() -> bus().publish(RAW, large()))
          .isInstanceOf(TopicFullException.class)
          .hasMessageContaining("2000");
      assertThat(extent().count()).isEqualTo(count);
    }
  }

  @Test
  void blockingWaitsUntilTheGroupPassed() throws Exception {
    limit(2, Overflow.BLOCK);
    subscribe(options(), got);
    publishMany(2);
    FutureTask<Published> blocked = waiting(() -> publish("c"));
    assertThat(blocked.isDone()).isFalse();
    assertThat(extent().tail()).isEqualTo(2);
    run();
    assertThat(blocked.get(60, TimeUnit.SECONDS).seq()).isEqualTo(3);
    run();
    assertThat(got.seqs()).containsExactly(1L, 2L, 3L);
    assertThat(group().skipped()).isZero();
  }

  @Test
  void blockingNoticesWhatAnotherProcessPassed() throws Exception {
    newProcess(builder -> builder.blockAtMost(Duration.ofDays(1)));
    limit(2, Overflow.BLOCK);
    publishMany(1);
    TestProcess other = newProcess();
    other.bus().subscribe(ORDERS, GROUP, options().build(), got);
    publishMany(1);
    FutureTask<Published> blocked = waiting(() -> publish("c"));
    other.workers().runAll();
    await().pollInSameThread().until(() -> stepUntilDone(blocked));
    assertThat(blocked.get().seq()).isEqualTo(3);
  }

  @Test
  void blockingGivesUpInTimeAndTellsWhatWasAppended() {
    newProcess(builder -> builder.blockAtMost(Duration.ofSeconds(3)));
    limit(3, Overflow.BLOCK);
    subscribe(options(), got);
    publish("a");
    long began = clock.nanos();
    FutureTask<List<Published>> blocked = waiting(() -> publishMany(5));
    await().pollInSameThread().until(() -> stepUntilDone(blocked));
    assertThatThrownBy(blocked::get)
        .cause()
        .isInstanceOfSatisfying(
            TopicFullException.class,
            e -> assertThat(e.placed()).extracting(Published::seq).containsExactly(2L, 3L))
        .hasMessageContaining("2 of 5")
        .hasMessageContaining("PT3S");
    assertThat(Duration.ofNanos(clock.nanos() - began))
        .isGreaterThanOrEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void publishersThatWaitGoOnInTheOrderTheyCame() throws Exception {
    limit(2, Overflow.BLOCK);
    subscribe(options(), got);
    publishMany(2);
    List<FutureTask<Published>> blocked = new ArrayList<>();
    for (String payload : List.of("c", "d", "e", "f")) {
      blocked.add(waiting(() -> publish(payload)));
    }
    await()
        .pollInSameThread()
        .until(
            () -> {
              run();
              return blocked.stream().allMatch(FutureTask::isDone);
            });
    for (int i = 0; i < blocked.size(); i++) {
      assertThat(blocked.get(i).get().seq()).isEqualTo(i + 3);
    }
  }

  @Test
  void aPublisherThatWaitsIsRefusedWhenTheBusCloses() {
    limit(2, Overflow.BLOCK);
    subscribe(manual(), got);
    publishMany(2);
    FutureTask<Published> blocked = waiting(() -> publish("c"));
    FutureTask<Published> behindIt = waiting(() -> publish("d"));
    bus().close();
    for (FutureTask<Published> one : List.of(blocked, behindIt)) {
      assertThatThrownBy(() -> one.get(60, TimeUnit.SECONDS))
          .hasCauseInstanceOf(BusClosedException.class);
    }
  }

  @Test
  void whoIsInterruptedWhileItWaitsIsToldTheIdAndNothingIsAppended() {
    limit(1, Overflow.BLOCK);
    subscribe(manual(), got);
    publish("a");
    FutureTask<Published> blocked = new FutureTask<>(() -> publish("b"));
    Thread thread = start(blocked);
    thread.interrupt();
    assertThatThrownBy(() -> blocked.get(60, TimeUnit.SECONDS))
        .cause()
        .isInstanceOf(PublishException.class)
        .hasMessageContaining("interrupted");
    assertThat(seqs()).containsExactly(1L);
  }

  @Test
  void atTheBudgetOfTheWholeBusTheTopicThatIsPublishedToPays() {
    InMemoryEventStore store = new InMemoryEventStore(InMemoryLimits.defaults().budget(40_000));
    TestProcess process =
        newProcess(new Stores(store, new InMemoryGroupStore()), builder -> builder);
    Topic<Payload> first = new Topic<>("first", Payload.class);
    Topic<Payload> second = new Topic<>("second", Payload.class);
    for (int i = 0; i < 5; i++) {
      process.bus().publish(first, large());
    }
    for (int i = 0; i < 100; i++) {
      process.bus().publish(second, large());
      assertThat(store.usedBytes()).isLessThanOrEqualTo(40_000);
    }
    assertThat(store.extent("first").count()).isEqualTo(5);
    assertThat(store.extent("second").tail()).isEqualTo(100);
    assertThat(store.extent("second").first()).isGreaterThan(1);
  }

  @Test
  void atTheBudgetATopicThatRejectsRefusesWhatItsGroupsHaveNotPassed() {
    InMemoryEventStore store = new InMemoryEventStore(InMemoryLimits.defaults().budget(20_000));
    EventBus bus =
        newProcess(new Stores(store, new InMemoryGroupStore()), builder -> builder).bus();
    bus.admin().configure(RAW.name(), TopicSettings.IN_MEMORY.overflow(Overflow.REJECT));
    bus.subscribe(ORDERS, GROUP, options().build(), got);
    List<Message<Payload>> messages = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      messages.add(Message.of(large()));
    }
    assertThatThrownBy(() -> bus.publishAll(RAW, messages)).isInstanceOf(TopicFullException.class);
    assertThat(store.extent(RAW.name()).first()).isEqualTo(1);
    long tail = store.extent(RAW.name()).tail();
    run();
    assertThat(bus.publish(RAW, large()).seq()).isEqualTo(tail + 1);
    assertThat(got.count()).isEqualTo(tail);
  }

  @Test
  void aSmallerLimitCountsFromTheNextPublish() {
    for (Overflow overflow : Overflow.values()) {
      limit(1000, overflow);
      publishMany(500);
      limit(5, overflow);
      publish("the next");
      assertThat(extent().count()).isEqualTo(5);
    }
  }

  private static Payload large() {
    return Payload.json("\"" + "x".repeat(2000) + "\"");
  }

  private void limit(long events, Overflow overflow) {
    bus()
        .admin()
        .configure(ORDERS.name(), TopicSettings.IN_MEMORY.maxEvents(events).overflow(overflow));
  }

  private Extent extent() {
    return bus().admin().topic(ORDERS.name()).extent();
  }

  private List<Long> seqs() {
    return bus().admin().read(ORDERS.name(), 1, 1000).events().stream()
        .map(EventRecord::seq)
        .toList();
  }

  /** A publish on a thread of its own, which waits when this returns. */
  private static <V> FutureTask<V> waiting(Supplier<V> publish) {
    FutureTask<V> task = new FutureTask<>(publish::get);
    start(task);
    return task;
  }

  private static Thread start(FutureTask<?> task) {
    Thread thread = new Thread(task, "publisher");
    thread.setDaemon(true);
    thread.start();
    await().until(() -> thread.getState() == Thread.State.WAITING);
    return thread;
  }

  private boolean stepUntilDone(FutureTask<?> task) {
    clock.advance(MOMENT);
    return task.isDone();
  }
}
