package io.promlib.http;

import io.promlib.bus.EventBus;
import io.promlib.bus.GroupMismatchException;
import io.promlib.event.EventRecord;
import io.promlib.state.PastState;
import io.promlib.state.SnapshotPage;
import io.promlib.state.Snapshots;
import io.promlib.state.StateGoneException;
import io.promlib.store.LatestPage;
import java.time.Instant;
import java.util.List;
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
        ? new Now(Snapshots.of(bus, topic))
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

  /** What the topic holds, or, where retention took it, the snapshots. */
  record Now(Snapshots snapshots) implements Moment {
    @Override
    public Optional<EventRecord> latest(String key) {
      return snapshots.latest(key).filter(event -> !event.payload().isNull());
    }

    @Override
    public Keys page(@Nullable String after, int limit) {
      LatestPage page = snapshots.latestPage(after, limit);
      return new Keys(
          page.events().stream().filter(event -> !event.payload().isNull()).toList(), page.next());
    }
  }

  /** What it held: of each event what a snapshot has. */
  record Past(String topic, PastState state) implements Moment {
    @Override
    public Optional<EventRecord> latest(String key) throws HttpError {
      return told(() -> state.get(key)).map(snapshot -> snapshot.event(topic));
    }

    @Override
    public Keys page(@Nullable String after, int limit) throws HttpError {
      SnapshotPage page = told(() -> state.page(after, limit));
      return new Keys(
          page.snapshots().stream().map(snapshot -> snapshot.event(topic)).toList(), page.next());
    }
  }
}
