package io.promlib.state;

import io.promlib.event.EventRecord;

/**
 * What a compactor's run needs of a snapshot.
 *
 * @param place where it stands in the snapshot topic
 * @param seq the position of the event that it is of
 */
record KnownSnapshot(String key, long place, long seq, boolean isTombstone) {

  static KnownSnapshot of(EventRecord stored) {
    Snapshot snapshot = Snapshot.read(stored);
    return new KnownSnapshot(snapshot.key(), stored.seq(), snapshot.seq(), snapshot.isTombstone());
  }
}
