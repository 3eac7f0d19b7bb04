package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.store.Bounds;
import io.promlib.store.LatestPage;
import io.promlib.store.StoreUnavailableException;
import java.util.ArrayList;
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
   *
   * All of that holds as long as P goes on only. Where the compactor's group is sought back or deleted, it folds again from
   * there, and a key that was deleted and whose tombstone is gone has a snapshot for a while: of the event before the one
   * that deleted it. Whoever read P before, and that snapshot after, follows from behind the deletion and would keep the
   * key. To look at P once more does not show it, as P may be as far again by then. But such a snapshot shows itself: it
   * is of an event at or before P, and stands behind where the snapshot topic ended before P was read; for as of P,
   * snapshots of later events only are published. So whoever meets one begins again. (A run that ends between the two
   * reads, of end and P, looks the same; that costs a second try.)
   *
   * A tombstone that is removed harms nobody, however slow. Take a reader that has read P and is about to read key k, or
   * has read k's snapshot, when k is deleted at position d; the tombstone comes, supersedes k's snapshot, and goes a day
   * later. The deletion was not in the snapshots when P was read, or k's latest had been the tombstone already: so d > P,
   * and d is in the topic behind P. The reader meets it there, whether it has k from its snapshot or not; or a later event
   * of k, if log compaction removed d, which leaves the last of each key; or a hole that retention made, which it is told
   * of as a gap. Nor does an older snapshot of k come to light: those go before the tombstone does.
   */
  private final Snapshots snapshots;
  private final String topic;
  private final long known;
  private final OptionalLong floor;
  private final Map<String, Long> ahead = new HashMap<>();
  private @Nullable String after;
  private boolean over;
  private long highest;

  ColdStart(Snapshots snapshots) {
    this.snapshots = snapshots;
    this.topic = snapshots.source().snapshotTopic();
    this.known = snapshots.events().bounds(topic).tail();
    this.floor = snapshots.floor();
    this.over = floor.isEmpty();
    this.highest = floor.orElse(0);
  }

  /**
   * Some more snapshots; none: that was all.
   *
   * @throws MovedBackException if what was read is of no use
   */
  List<Snapshot> next() {
    List<Snapshot> page = new ArrayList<>();
    while (!over && page.isEmpty()) {
      LatestPage found = snapshots.events().latestPage(topic, after, Snapshots.pageSize());
      for (EventRecord event : found.events()) {
        Snapshot.find(event).ifPresent(snapshot -> page.add(checked(snapshot, event.seq())));
      }
      after = found.next();
      over = after == null;
    }
    return page;
  }

  private Snapshot checked(Snapshot snapshot, long position) {
    if (snapshot.seq() > floor.orElse(0)) {
      ahead.put(snapshot.key(), snapshot.seq());
      highest = Math.max(highest, snapshot.seq());
    } else if (position > known) {
      throw new MovedBackException(snapshots.source().topic());
    }
    return snapshot;
  }

  /** The compactor's floor may have been moved back meanwhile: it is begun again. */
  static final class MovedBackException extends StoreUnavailableException {
    private static final long serialVersionUID = 1L;

    private MovedBackException(String topic) {
      super(
          "the compactor of "
              + topic
              + " was moved back while its snapshots were read: read them again",
          null);
    }
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
