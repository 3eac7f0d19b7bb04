package io.promlib.state;

import io.promlib.event.EventRecord;

/**
 * What a compactor's run needs of a snapshot.
 *
 * @param place where it stands in the snapshot topic
 * @param seq the position of the event that it is of
 */
record KnownSnapshot(String key, long place, long seq, boolean isTombstone) {

  /** What is no snapshot is told as one of nothing, so that it gives way to the next of its key. */
  static KnownSnapshot of(EventRecord stored) {
    return Snapshot.find(stored)
        .map(
            snapshot ->
                new KnownSnapshot(
                    snapshot.key(), stored.seq(), snapshot.seq(), snapshot.isTombstone()))
        .orElseGet(() -> new KnownSnapshot(String.valueOf(stored.key()), stored.seq(), 0, true));
  }
}
