package io.promlib.state;

import io.promlib.event.EventRecord;
import java.util.Optional;

/**
 * What a compactor's run needs of a snapshot.
 *
 * @param place where it stands in the snapshot topic
 * @param seq the position of the event that it is of
 */
record KnownSnapshot(String key, long place, long seq, boolean isTombstone) {

  /** Empty for what is no snapshot. */
  static Optional<KnownSnapshot> find(EventRecord stored) {
    return Snapshot.find(stored)
        .map(
            snapshot ->
                new KnownSnapshot(
                    snapshot.key(), stored.seq(), snapshot.seq(), snapshot.isTombstone()));
  }
}
