package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.bus.Tail;
import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.state.Compactor;
import io.promlib.state.State;
import io.promlib.state.StateView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Keys that change as fast as they can while compactors work and cold readers start: real threads,
 * real time.
 */
@Timeout(600)
public abstract class StateRaceScenarios {
  private static final Topic<String> TOPIC = Topic.of("orders.placed", String.class);
  private static final int READERS = 20;
  private static final int KEYS = 60;

  /** Empty stores; each call of the answer is one process's connection to the same data. */
  protected abstract Supplier<Stores> stores() throws Exception;

  /** How many events are published. */
  protected abstract int events();

  @Test
  void everyReaderIsTheFoldAtThePositionThatItNames() throws Exception {
    List<State<String>> states = race(false, this::view);
    assertThat(states).hasSize(1 + READERS * 6);
  }

  @Test
  void whateverLogCompactionRemovesMeanwhile() throws Exception {
    List<State<String>> states = race(true, this::view);
    assertThat(states).hasSize(1 + READERS * 6);
  }

  @Test
  void everyTailWithASnapshotIsTheFoldOnceItsSnapshotIsComplete() throws Exception {
    List<State<String>> states = race(false, (bus, told) -> tail(bus, 5, told));
    assertThat(states).hasSizeGreaterThanOrEqualTo(1 + READERS * 2);
  }

  @Test
  void everyTailWithASnapshotIsTheFoldAtTheEndOfACompactedLog() throws Exception {
    // In between, a hole tells of an event that is still to come.
    List<State<String>> states = race(true, (bus, told) -> tail(bus, 0, told));
    assertThat(states).hasSize(1 + READERS);
  }

  /** One of those who begin at some moment. */
  private interface Reader {
    void read(EventBus bus, Told told) throws InterruptedException;
  }

  /**
   * Where readers say that they are open and that they got what is no snapshot, and what they came
   * to.
   */
  private record Told(CountDownLatch opened, CountDownLatch began, List<State<String>> states) {}

  private long last() {
    return 2L * (events() / 2) + 2;
  }

  private List<State<String>> race(boolean compactLog, Reader reader) throws Exception {
    Supplier<Stores> connections = stores();
    Stores first = connections.get();
    Map<Long, EventRecord> history = new ConcurrentSkipListMap<>();
    Told told =
        new Told(
            new CountDownLatch(READERS), new CountDownLatch(READERS), new CopyOnWriteArrayList<>());
    List<State<String>> states = told.states();
    CountDownLatch many = new CountDownLatch(2);
    CountDownLatch published = new CountDownLatch(2);
    try (EventBus bus = EventBus.builder().stores(first.events(), first.groups()).build()) {
      List<Stores> more = List.of(connections.get(), connections.get());
      Threads.together(
          2 + 2 + READERS,
          280,
          thread -> {
            if (thread < 2) {
              publish(bus, thread, history);
              many.countDown();
              if (thread == 0) {
                await(many);
                publishTheLast(bus, history, told);
              }
              published.countDown();
            } else if (thread < 4) {
              compact(more.get(thread - 2), compactLog, published);
            } else {
              read(bus, reader, told);
            }
          });
      try (StateView<String> last = StateView.open(bus, TOPIC)) {
        assertThat(last.seq()).isEqualTo(last());
        states.add(last.state());
      }
      check(history, states);
      return states;
    }
  }

  private void publish(EventBus bus, int thread, Map<Long, EventRecord> history) {
    Random random = new Random(thread);
    for (int i = 0; i < events() / 2; i++) {
      String value = random.nextInt(8) == 0 ? null : thread + "-" + i;
      publish(bus, "k" + random.nextInt(KEYS), value, history);
    }
  }

  /* One comes when all readers are open, so that each gets one that is no snapshot, and the end when each got it. */
  private static void publishTheLast(EventBus bus, Map<Long, EventRecord> history, Told told) {
    await(told.opened());
    publish(bus, "begin", "begin", history);
    await(told.began());
    publish(bus, "end", "end", history);
  }

  private static void publish(
      EventBus bus, String key, @Nullable String value, Map<Long, EventRecord> history) {
    EventRecord record = bus.publish(TOPIC, value, PublishOptions.none().key(key)).record();
    history.put(record.seq(), record);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(280, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static void compact(Stores stores, boolean compactLog, CountDownLatch published) {
    try (Compactor compactor =
        Compactor.builder(stores.events(), stores.groups(), TOPIC.name())
            .batchSize(100)
            .compactLog(compactLog)
            .dedupeWindow(Duration.ZERO)
            .build()) {
      while (published.getCount() > 0) {
        compactor.runOnce();
      }
      compactor.runToEnd();
    }
  }

  /* At a random moment, told by how much is published: so it is amid the others on every machine. */
  private void read(EventBus bus, Reader reader, Told told) {
    long moment = ThreadLocalRandom.current().nextLong(events());
    while (bus.admin().bounds(TOPIC.name()).tail() < moment
        && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    try {
      reader.read(bus, told);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void view(EventBus bus, Told told) throws InterruptedException {
    try (StateView<String> view = StateView.open(bus, TOPIC)) {
      told.opened().countDown();
      told.began().countDown();
      told.states().add(view.state());
      for (int i = 0; i < 5; i++) {
        long goal = Math.min(view.seq() + events() / 20, last());
        assertThat(view.awaitSeq(goal, Duration.ofSeconds(100))).isTrue();
        told.states().add(view.state());
      }
    }
  }

  /**
   * A tail is the fold as soon as it came to where the topic ended when its snapshot was complete.
   */
  private void tail(EventBus bus, int most, Told told) {
    CountDownLatch end = new CountDownLatch(1);
    List<String> gaps = new CopyOnWriteArrayList<>();
    Map<String, String> values = new HashMap<>();
    List<Long> goals = new ArrayList<>();
    TailHandler<String> handler =
        event -> {
          EventRecord record = event.record();
          if (event.isTombstone()) {
            values.remove(String.valueOf(record.key()));
          } else {
            values.put(String.valueOf(record.key()), event.payload());
          }
          if (event.isSnapshot()) {
            return;
          }
          if (goals.isEmpty()) {
            goals.add(bus.admin().bounds(TOPIC.name()).tail());
            told.began().countDown();
          }
          long seq = record.seq();
          boolean isDue = goals.size() <= most && seq >= goals.get(goals.size() - 1);
          if (isDue || seq == last()) {
            told.states().add(new State<>(seq, Map.copyOf(values)));
            goals.add(seq + events() / 20);
          }
          if (seq == last()) {
            end.countDown();
          }
        };
    TailOptions options =
        TailOptions.builder()
            .snapshot()
            .batchSize(7)
            .gapListener((from, to) -> gaps.add(from + " to " + to))
            .build();
    try (Tail tail = bus.tail(TOPIC, options, handler)) {
      told.opened().countDown();
      await(end);
      assertThat(tail.ended()).isNotDone();
    }
    assertThat(gaps).isEmpty();
  }

  private static void check(Map<Long, EventRecord> history, List<State<String>> states) {
    List<State<String>> sorted = new ArrayList<>(states);
    sorted.sort((a, b) -> Long.compare(a.seq(), b.seq()));
    Map<String, String> fold = new HashMap<>();
    long at = 0;
    for (State<String> state : sorted) {
      while (at < state.seq()) {
        at++;
        EventRecord event = history.get(at);
        String key = String.valueOf(event.key());
        if (event.payload().isNull()) {
          fold.remove(key);
        } else {
          fold.put(key, event.payload().tree().asText());
        }
      }
      assertThat(state.values()).as("as of " + state.seq()).isEqualTo(fold);
    }
  }
}
