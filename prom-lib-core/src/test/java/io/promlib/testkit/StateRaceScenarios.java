package io.promlib.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Keys that change as fast as they can while compactors work and cold readers start: real threads,
 * real time.
 */
@Timeout(240)
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
    race(false);
  }

  @Test
  void whateverLogCompactionRemovesMeanwhile() throws Exception {
    race(true);
  }

  private void race(boolean compactLog) throws Exception {
    Supplier<Stores> connections = stores();
    Stores first = connections.get();
    Map<Long, EventRecord> history = new ConcurrentSkipListMap<>();
    List<State<String>> states = new CopyOnWriteArrayList<>();
    CountDownLatch published = new CountDownLatch(2);
    try (EventBus bus = EventBus.builder().stores(first.events(), first.groups()).build()) {
      List<Stores> more = List.of(connections.get(), connections.get());
      Threads.together(
          2 + 2 + READERS,
          200,
          thread -> {
            if (thread < 2) {
              publish(bus, thread, history);
              published.countDown();
            } else if (thread < 4) {
              compact(more.get(thread - 2), compactLog, published);
            } else {
              read(bus, thread, states);
            }
          });
      try (StateView<String> last = StateView.open(bus, TOPIC)) {
        assertThat(last.seq()).isEqualTo(2L * (events() / 2));
        states.add(last.state());
      }
      check(history, states);
    }
  }

  private void publish(EventBus bus, int thread, Map<Long, EventRecord> history) {
    Random random = new Random(thread);
    for (int i = 0; i < events() / 2; i++) {
      String value = random.nextInt(8) == 0 ? null : thread + "-" + i;
      String key = "k" + random.nextInt(KEYS);
      EventRecord record = bus.publish(TOPIC, value, PublishOptions.none().key(key)).record();
      history.put(record.seq(), record);
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

  private void read(EventBus bus, int thread, List<State<String>> states) {
    long pause = ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(50L * thread));
    LockSupport.parkNanos(pause);
    try (StateView<String> view = StateView.open(bus, TOPIC)) {
      states.add(view.state());
      for (int i = 0; i < 5; i++) {
        long goal = Math.min(view.seq() + events() / 20, 2L * (events() / 2));
        assertThat(view.awaitSeq(goal, Duration.ofSeconds(100))).isTrue();
        states.add(view.state());
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
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
    assertThat(sorted).hasSize(1 + READERS * 6);
  }
}
