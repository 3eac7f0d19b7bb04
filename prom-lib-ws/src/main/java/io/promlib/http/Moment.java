package io.promlib.http;

import io.promlib.bus.EventBus;
import io.promlib.bus.GroupMismatchException;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.state.PastState;
import io.promlib.state.Snapshot;
import io.promlib.state.SnapshotPage;
import io.promlib.state.Snapshots;
import io.promlib.state.StateGoneException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is, or was, the latest of each key of a topic at one time. */
interface Moment {
  /** The event of a key, if there was one and it was not deleted. */
  Optional<EventRecord> latest(String key) throws HttpError;

  /** The events of some keys, from behind one on. */
  Keys page(@Nullable String after, int limit) throws HttpError;

  /**
   * Some keys.
   *
   * @param events of those that were not deleted; perhaps none
   * @param next the key to go on behind; null at the end
   */
  record Keys(List<EventRecord> events, @Nullable String next) {}

  /** Now, or an append time of the past. */
  static Moment of(EventBus bus, String topic, @Nullable Instant at) throws HttpError {
    return at == null
        ? new Now(bus, topic)
        : new Past(topic, told(() -> Snapshots.of(bus, topic).at(at)));
  }

  /** What may be gone. */
  private static <V> V told(Supplier<V> question) throws HttpError {
    try {
      return question.get();
    } catch (StateGoneException | GroupMismatchException e) {
      throw new HttpError(410, "gone", String.valueOf(e.getMessage()));
    }
  }

  /** What the topic holds. */
  record Now(EventBus bus, String topic) implements Moment {
    @Override
    public Optional<EventRecord> latest(String key) {
      return bus.admin().latest(topic, key).filter(event -> !event.payload().isNull());
    }

    @Override
    public Keys page(@Nullable String after, int limit) {
      List<EventRecord> page = bus.admin().latestPage(topic, after, limit);
      return new Keys(
          page.stream().filter(event -> !event.payload().isNull()).toList(),
          page.isEmpty() ? null : page.get(page.size() - 1).key());
    }
  }

  /** What it held: of each event what a snapshot has. */
  record Past(String topic, PastState state) implements Moment {
    @Override
    public Optional<EventRecord> latest(String key) throws HttpError {
      return told(() -> state.get(key)).map(this::event);
    }

    @Override
    public Keys page(@Nullable String after, int limit) throws HttpError {
      SnapshotPage page = told(() -> state.page(after, limit));
      return new Keys(page.snapshots().stream().map(this::event).toList(), page.next());
    }

    private EventRecord event(Snapshot snapshot) {
      return new EventRecord(
          snapshot.id(),
          snapshot.seq(),
          snapshot.ts(),
          snapshot.ts(),
          topic,
          snapshot.payload(),
          new EventMeta(snapshot.key(), Map.of(), List.of(), List.of(), null));
    }
  }
}
