package io.promlib.outbox;

import io.promlib.bus.EventBus;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Backoff;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An outbox, a bus in memory and a clock turned by hand, on which a test sets up drainers. */
final class DrainBench implements AutoCloseable {
  static final String TOPIC = "orders";
  static final Duration LEASE = Duration.ofSeconds(30);
  static final Duration BACKOFF = Duration.ofSeconds(2);

  final ManualClock clock = new ManualClock();
  final InMemoryOutboxStore store = InMemoryOutboxStore.builder().timing(clock).build();
  final InMemoryEventStore events = new InMemoryEventStore();
  final HeardOutbox heard = new HeardOutbox();
  final EventBus bus =
      EventBus.builder()
          .stores(events, new InMemoryGroupStore())
          .timing(new ManualClock())
          .maxEventBytes(1000)
          .build();

  OutboxDrainerBuilder drainer() {
    return drainer(store);
  }

  OutboxDrainerBuilder drainer(OutboxStore over) {
    return OutboxDrainer.builder(over)
        .to(bus)
        .timing(clock)
        .lease(LEASE)
        .backoff(Backoff.fixed(BACKOFF))
        .listener(heard);
  }

  /**
   * A process that drains to the bus, around whose calls things go wrong, publishing among them.
   */
  OutboxDrainerBuilder drainer(ShakyOutbox.Faults faults) {
    BusTarget target = new BusTarget(bus);
    return drainer(new ShakyOutbox(store, faults))
        .to(
            (List<OutboxRecord> records) ->
                faults.strike(
                    "publish",
                    () -> {
                      target.publish(records);
                      return true;
                    }));
  }

  void add(String id, @Nullable String key) {
    add(TOPIC, id, key, "{\"id\":\"" + id + "\"}");
  }

  void add(String topic, String id, @Nullable String key, String json) {
    EventMeta meta = new EventMeta(key, Map.of("h", id), List.of("t"), List.of("c"), "s");
    store.add(new OutboxDraft(topic, id, 42, Payload.json(json), meta, 0), clock.millis());
  }

  /** Drains until there is nothing. */
  static void drainAll(OutboxDrainer drainer) {
    while (drainer.drainOnce() > 0) {
      // The next batch.
    }
  }

  List<EventRecord> published() {
    return published(TOPIC);
  }

  List<EventRecord> published(String topic) {
    return events.read(topic, 1, 10_000).events();
  }

  List<String> ids() {
    return published().stream().map(EventRecord::id).toList();
  }

  OutboxRecord record(OutboxStatus status) {
    return store.list(status, null, 1).get(0);
  }

  @Override
  public void close() {
    bus.close();
    store.close();
  }
}
