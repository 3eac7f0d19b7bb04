package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import io.promlib.state.Snapshots.AsOf;
import io.promlib.store.EventStore;
import io.promlib.store.LatestPage;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The state of a topic as of a position, by its events' own keys. Nothing of it is held: each call
 * asks the store, and is refused with {@link StateGoneException} if events that it needs were
 * removed, at the latest when it was read. Where retention removed the topic's beginning the
 * snapshots stand in for it, as long as the position is not before their floor.
 */
public final class PastState {
  private static final int PAGE = 1000;

  private final Snapshots snapshots;
  private final EventStore events;
  private final StateSource source;
  private final long seq;

  PastState(Snapshots snapshots, long seq) {
    this.snapshots = snapshots;
    this.events = snapshots.events();
    this.source = snapshots.source();
    this.seq = seq;
    if (source.keySource() != KeySource.OWN) {
      throw new IllegalArgumentException(
          "a past state of "
              + source.topic()
              + " goes by the events' own keys; publish with keys, or fold the topic from its"
              + " beginning");
    }
    check();
  }

  /** The position that it is as of. */
  public long seq() {
    return seq;
  }

  /** What a key had; empty if it was not there, or deleted. */
  public Optional<Snapshot> get(String key) {
    Names.key(key);
    if (!source.isWanted(key)) {
      return Optional.empty();
    }
    boolean whole = snapshots.isWhole();
    Optional<Snapshot> found =
        events.latest(source.topic(), key, seq).map(event -> Snapshot.of(key, event));
    if (found.isEmpty() && !whole) {
      found = snapshots.get(key, requireSnapshots());
      found.map(snapshot -> snapshot.event(source.topic())).ifPresent(this::requireOfThen);
    }
    check();
    if (whole && !snapshots.isWhole()) {
      return get(key);
    }
    return found.filter(snapshot -> !snapshot.isTombstone());
  }

  /** What at most {@code limit} keys had, from behind a key on; deleted ones are left out. */
  public SnapshotPage page(@Nullable String after, int limit) {
    Snapshots.requireLimit(limit);
    boolean whole = snapshots.isWhole();
    LatestPage page = events.latestPage(source.topic(), after, limit, seq);
    if (!whole) {
      SnapshotPage kept = snapshots.page(after, limit, requireSnapshots());
      page = Overlay.of(source.topic(), page, kept, limit);
      page.events().forEach(this::requireOfThen);
    }
    check();
    if (whole && !snapshots.isWhole()) {
      return page(after, limit);
    }
    return new SnapshotPage(
        page.events().stream()
            .map(event -> Snapshot.of(String.valueOf(event.key()), event))
            .filter(snapshot -> !snapshot.isTombstone() && source.isWanted(snapshot.key()))
            .toList(),
        page.next());
  }

  /** Folds what every key had, in the order of keys, with a function. */
  public <R> R fold(R initial, BiFunction<R, Snapshot, R> function) {
    R result = initial;
    String after = null;
    do {
      SnapshotPage page = page(after, PAGE);
      for (Snapshot snapshot : page.snapshots()) {
        result = function.apply(result, snapshot);
      }
      after = page.next();
    } while (after != null);
    return result;
  }

  private void requireOfThen(EventRecord event) {
    if (event.seq() > seq) {
      throw gone("key " + event.key() + " changed since, and what it had before was removed");
    }
  }

  /* With the floor at or before this position, and behind all that was removed, each snapshot is of then. */
  private AsOf requireSnapshots() {
    long first = events.bounds(source.topic()).first();
    Optional<AsOf> asOf = snapshots.asOf();
    if (asOf.isEmpty() || asOf.get().floor() < first - 1) {
      throw gone("retention removed what is before " + first + ", which is not in the snapshots");
    }
    if (seq < asOf.get().floor()) {
      throw gone(
          "retention removed what is before "
              + first
              + ", and the snapshots are as of "
              + asOf.get().floor()
              + ": ask for a position from there on");
    }
    return asOf.get();
  }

  private void check() {
    long compacted = events.compacted(source.topic());
    if (seq < compacted) {
      throw gone("log compaction reached position " + compacted + ": ask for one from there on");
    }
    long first = events.bounds(source.topic()).first();
    if (seq < first - 1) {
      throw gone("retention removed what is before position " + first);
    }
  }

  private StateGoneException gone(String why) {
    return new StateGoneException(
        "the state of topic " + source.topic() + " as of " + seq + " is gone: " + why);
  }
}
