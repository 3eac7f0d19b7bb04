package io.promlib.state;

import io.promlib.store.Bounds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Reads all snapshots, once, and tells from where to follow the topic. For one thread. */
final class ColdStart {
  /*
   * The floor P is read first. Whatever is published to the snapshot topic after that is of events behind P, which the
   * follower gets from the topic itself; so a page that was read too early, or a key that moved while pages were read,
   * costs nothing. The state is that of a fold once the follower reached the end that the topic had after the last page:
   * no snapshot that was read is of a later event.
   */
  private final Snapshots snapshots;
  private final OptionalLong floor;
  private final Map<String, Long> ahead = new HashMap<>();
  private @Nullable String after;
  private boolean over;
  private long highest;

  ColdStart(Snapshots snapshots) {
    this.snapshots = snapshots;
    this.floor = snapshots.floor();
    this.over = floor.isEmpty();
    this.highest = floor.orElse(0);
  }

  /** Some more snapshots; none: that was all. */
  List<Snapshot> next() {
    if (over) {
      return List.of();
    }
    SnapshotPage page = snapshots.page(after, Snapshots.pageSize());
    after = page.next();
    over = after == null;
    for (Snapshot snapshot : page.snapshots()) {
      if (snapshot.seq() > floor.orElse(0)) {
        ahead.put(snapshot.key(), snapshot.seq());
        highest = Math.max(highest, snapshot.seq());
      }
    }
    return page.snapshots();
  }

  /** What follows behind them. */
  Tail tail() {
    Bounds bounds = snapshots.events().bounds(snapshots.source().topic());
    long from = floor.orElse(bounds.first() - 1);
    return new Tail(
        snapshots.events(),
        snapshots.source(),
        from,
        Math.max(highest, Math.max(from, bounds.tail())),
        ahead);
  }
}
