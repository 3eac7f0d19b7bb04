package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Removes tombstones from the snapshot topic that are old enough, a page at a time. */
final class Tombstones {
  /*
   * What stands below `swept` was looked at: it was old enough, and if it was a tombstone it is gone. `at` never falls
   * along seq, so the first one that is too young ends the search until it is old enough; else it goes on until a page
   * tells of nothing behind `swept`, for a page may be short for its bytes. Removing is right whoever does it: a
   * tombstone's key either has a later snapshot, or none is needed.
   */
  private static final int PAGE = 500;

  private final EventStore events;
  private final String topic;
  private final long keptMillis;
  private long swept;
  private long due = Long.MIN_VALUE;

  Tombstones(CompactorSettings settings) {
    this.events = settings.events();
    this.topic = settings.source().snapshotTopic();
    this.keptMillis = settings.tombstonesFor().toMillis();
  }

  /** Whether there may be more to remove at once. */
  boolean sweep(long now) {
    if (now < due) {
      return false;
    }
    Page page = events.read(topic, swept + 1, PAGE);
    List<Long> gone = new ArrayList<>();
    long to = Math.max(swept, page.covered(PAGE));
    boolean more = to > swept;
    due = more ? now : now + keptMillis;
    for (EventRecord event : page.events()) {
      if (event.at() + keptMillis > now) {
        due = event.at() + keptMillis;
        to = event.seq() - 1;
        more = false;
        break;
      }
      if (Snapshot.find(event).filter(Snapshot::isTombstone).isPresent()) {
        removeOlder(event);
        gone.add(event.seq());
      }
    }
    if (!gone.isEmpty()) {
      events.remove(topic, gone);
    }
    swept = to;
    return more;
  }

  /* Else what is older would be the latest of its key again. */
  private void removeOlder(EventRecord tombstone) {
    String key = String.valueOf(tombstone.key());
    Optional<EventRecord> older = events.latest(topic, key, tombstone.seq() - 1);
    while (older.isPresent()) {
      events.remove(topic, List.of(older.get().seq()));
      older = events.latest(topic, key, older.get().seq() - 1);
    }
  }
}
