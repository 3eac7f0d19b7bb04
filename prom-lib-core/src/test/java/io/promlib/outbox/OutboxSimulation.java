package io.promlib.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.bus.EventBus;
import io.promlib.bus.PublishException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Backoff;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Adders, drainers and an operator on one seeded schedule: any call may crash its process, fail
 * before or after it was done, or let the others go first.
 */
final class OutboxSimulation {
  /*
   * One thread. A drainer that is "paused" is one whose call lets others act in its middle, down to a depth; so two
   * drainers overlap in every way that two processes can. At the end nothing goes wrong any more, and then each record
   * must be in its topic once, its keys in order.
   */
  private static final int STEPS = 250;
  private static final int DRAINERS = 3;
  private static final int KEYS = 4;
  private static final int DEPTH = 3;
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final List<String> TOPICS = List.of("orders", "payments");

  private final Random random;
  private final ManualClock clock = new ManualClock();
  private final InMemoryOutboxStore store = InMemoryOutboxStore.builder().timing(clock).build();
  private final InMemoryEventStore events = new InMemoryEventStore();
  private final EventBus bus =
      EventBus.builder().stores(events, new InMemoryGroupStore()).timing(new ManualClock()).build();
  private final List<SimDrainer> drainers = new ArrayList<>();
  private final Map<String, List<String>> expected = new LinkedHashMap<>();
  private final Map<String, Long> orders = new HashMap<>();
  private int added;
  private int depth;
  private boolean calm;

  OutboxSimulation(long seed) {
    random = new Random(seed);
  }

  void run() {
    for (int i = 0; i < DRAINERS; i++) {
      drainers.add(new SimDrainer());
    }
    for (int step = 0; step < STEPS; step++) {
      act();
    }
    finish();
    check();
    bus.close();
    store.close();
  }

  private void act() {
    double dice = random.nextDouble();
    if (dice < 0.35) {
      add();
    } else if (dice < 0.8) {
      drainers.get(random.nextInt(DRAINERS)).drain();
    } else if (dice < 0.93) {
      turnClock();
    } else {
      operate();
    }
  }

  private void add() {
    String topic = TOPICS.get(random.nextInt(TOPICS.size()));
    int number = random.nextInt(KEYS + 1);
    String key = number == KEYS ? null : "k" + number;
    if (number == 0) {
      addInGivenOrder(topic, "k0");
      return;
    }
    add(topic, key, 0);
  }

  /* Two or three at once, the later ones first now and then. */
  private void addInGivenOrder(String topic, String key) {
    long last = orders.getOrDefault(topic, 0L);
    int count = 1 + random.nextInt(3);
    orders.put(topic, last + count);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add("r" + added++);
    }
    ids.forEach(id -> expect(topic, key, id));
    boolean backward = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      int at = backward ? count - 1 - i : i;
      put(draft(topic, ids.get(at), key, last + at + 1));
      if (random.nextInt(4) == 0 && depth < DEPTH) {
        drainers.get(random.nextInt(DRAINERS)).drain();
      }
    }
  }

  private void add(String topic, @Nullable String key, long order) {
    String id = "r" + added++;
    put(draft(topic, id, key, order));
    expect(topic, key, id);
  }

  private void put(OutboxDraft draft) {
    int skew = random.nextInt(100_000) - 50_000;
    store.add(draft, clock.millis() + skew);
    if (random.nextInt(5) == 0) {
      assertThat(store.add(draft, clock.millis())).isFalse();
    }
  }

  private static OutboxDraft draft(String topic, String id, @Nullable String key, long order) {
    EventMeta meta =
        key == null ? EventMeta.NONE : new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return new OutboxDraft(topic, id, 0, Payload.json("\"" + id + "\""), meta, order);
  }

  private void expect(String topic, @Nullable String key, String id) {
    expected.computeIfAbsent(topic + "/" + key, k -> new ArrayList<>()).add(id);
  }

  private void turnClock() {
    if (random.nextInt(4) == 0) {
      clock.jumpWall(Duration.ofSeconds(random.nextInt(120) - 60));
    } else {
      clock.advance(Duration.ofMillis(random.nextInt(random.nextBoolean() ? 2_000 : 40_000)));
    }
  }

  private void operate() {
    for (OutboxRecord record : store.list(OutboxStatus.ERROR, null, 2)) {
      assertThat(store.requeue(record.topic(), record.id(), clock.millis())).isTrue();
    }
  }

  private void finish() {
    calm = true;
    OutboxDrainer last = new SimDrainer().drainer;
    for (int round = 0; round < 50 && unsent() > 0; round++) {
      store
          .list(OutboxStatus.ERROR, null, 1000)
          .forEach(record -> store.requeue(record.topic(), record.id(), clock.millis()));
      clock.advance(LEASE.multipliedBy(3));
      DrainBench.drainAll(last);
    }
  }

  private long unsent() {
    OutboxCounts counts = store.counts();
    return counts.pending() + counts.claimed() + counts.error();
  }

  private void check() {
    assertThat(unsent()).as("records that never went out").isZero();
    Map<String, List<String>> found = new HashMap<>();
    for (String topic : TOPICS) {
      for (EventRecord event : events.read(topic, 1, 100_000).events()) {
        found.computeIfAbsent(topic + "/" + event.key(), k -> new ArrayList<>()).add(event.id());
      }
    }
    assertThat(found.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (key, ids) -> {
          if (key.endsWith("/null")) {
            assertThat(found.get(key)).as(key).containsExactlyInAnyOrderElementsOf(ids);
          } else {
            assertThat(found.get(key)).as(key).isEqualTo(ids);
          }
        });
  }

  /** A drainer that is replaced by another when it dies. */
  private final class SimDrainer implements ShakyOutbox.Faults {
    private OutboxDrainer drainer = made();
    private boolean dead;
    private boolean busy;

    private OutboxDrainer made() {
      BusTarget target = new BusTarget(bus);
      OutboxDrainerBuilder builder =
          OutboxDrainer.builder(new ShakyOutbox(store, this))
              .timing(clock)
              .lease(LEASE)
              .batchSize(1 + random.nextInt(8))
              .maxAttempts(1 + random.nextInt(4))
              .retention(Duration.ofSeconds(random.nextInt(100)))
              .backoff(Backoff.fixed(Duration.ofSeconds(1 + random.nextInt(5))));
      return random.nextInt(3) == 0
          ? builder.each(record -> publish(target, List.of(record))).build()
          : builder.to((List<OutboxRecord> records) -> publish(target, records)).build();
    }

    private void publish(BusTarget target, List<OutboxRecord> records) {
      strike(
          "publish",
          () -> {
            target.publish(records);
            return true;
          });
    }

    void drain() {
      if (busy) {
        return;
      }
      busy = true;
      depth++;
      try {
        if (random.nextInt(10) == 0) {
          drainer.cleanOnce();
        } else {
          drainer.drainOnce();
        }
      } catch (StoreUnavailableException e) {
        // It is tried again.
      } catch (Crash e) {
        dead = false;
        drainer = made();
      } finally {
        depth--;
        busy = false;
      }
    }

    @Override
    public <R> R strike(String call, Supplier<R> real) {
      perhaps(call + " before");
      R answer = real.get();
      perhaps(call + " after");
      return answer;
    }

    private void perhaps(String where) {
      if (calm) {
        return;
      }
      if (dead) {
        throw new Crash(where);
      }
      if (depth < DEPTH && random.nextInt(6) == 0) {
        act();
        act();
      }
      switch (random.nextInt(40)) {
        case 0 -> {
          dead = true;
          throw new Crash(where);
        }
        case 1 -> throw new StoreUnavailableException(where, null);
        case 2 -> {
          if (where.startsWith("publish")) {
            throw failure(where);
          }
        }
        default -> {}
      }
    }

    private RuntimeException failure(String where) {
      return switch (random.nextInt(4)) {
        case 0 -> new PublishException(where, List.of(), null);
        case 1 -> new IllegalArgumentException(where);
        case 2 -> new TopicFullException(where, List.of());
        default -> new IllegalStateException(where);
      };
    }
  }
}
