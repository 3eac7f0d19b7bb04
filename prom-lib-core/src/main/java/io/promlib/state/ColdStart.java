package io.promlib.state;

import io.promlib.state.Snapshots.AsOf;
import io.promlib.store.Bounds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads all snapshots, once, and tells from where to follow the topic. For one thread. */
final class ColdStart {
  /*
   * The floor P is read first. Whatever is published to the snapshot topic after that is of events behind P, which the
   * follower gets from the topic itself; so a page that was read too early, or a key that moved while pages were read,
   * costs nothing. The state is that of a fold once the follower reached the end that the topic had after the last page:
   * no snapshot that was read is of a later event.
   *
   * Where the compactor's group is sought back or deleted meanwhile, snapshots of keys that were gone as of P may come back:
   * those are left out (see Snapshots).
   *
   * A tombstone that is removed harms nobody, however slow. Take a reader that has read P and is about to read key k, or
   * has read k's snapshot, when k is deleted at position d; the tombstone comes, supersedes k's snapshot, and goes a day
   * later. The deletion was not in the snapshots when P was read, or k's latest had been the tombstone already: so d > P,
   * and d is in the topic behind P. The reader meets it there, whether it has k from its snapshot or not; or a later event
   * of k, if log compaction removed d, which leaves the last of each key; or a hole that retention made, which it is told
   * of as a gap. Nor does an older snapshot of k come to light: those go before the tombstone does.
   */
  private final Snapshots snapshots;
  private final @Nullable AsOf asOf;
  private final Map<String, Long> ahead = new HashMap<>();
  private @Nullable String after;
  private boolean over;
  private long highest;

  ColdStart(Snapshots snapshots) {
    this.snapshots = snapshots;
    this.asOf = snapshots.asOf().orElse(null);
    this.highest = asOf == null ? 0 : asOf.floor();
  }

  /** Some more snapshots; none: that was all. */
  List<Snapshot> next() {
    List<Snapshot> some = List.of();
    while (asOf != null && !over && some.isEmpty()) {
      SnapshotPage page = snapshots.page(after, Snapshots.pageSize(), asOf);
      some = page.snapshots();
      some.stream().filter(snapshot -> snapshot.seq() > asOf.floor()).forEach(this::noteAhead);
      after = page.next();
      over = after == null;
    }
    return some;
  }

  private void noteAhead(Snapshot snapshot) {
    ahead.put(snapshot.key(), snapshot.seq());
    highest = Math.max(highest, snapshot.seq());
  }

  /** What follows behind them. */
  Tail tail() {
    Bounds bounds = snapshots.events().bounds(snapshots.source().topic());
    long from = asOf == null ? bounds.first() - 1 : asOf.floor();
    return new Tail(
        snapshots.events(),
        snapshots.source(),
        from,
        Math.max(highest, Math.max(from, bounds.tail())),
        ahead);
  }
}
