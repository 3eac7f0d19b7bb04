package io.promlib.state;

import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.time.Timing;
import java.time.Duration;

/** What a compactor is made of. */
record CompactorSettings(
    EventStore events,
    GroupStore groups,
    Timing timing,
    StateSource source,
    CompactorListener listener,
    String owner,
    Duration interval,
    Duration lease,
    int batchSize,
    Duration tombstonesFor,
    boolean compactLog,
    boolean waitForGroups,
    Duration dedupeWindow) {

  long now() {
    return timing.millis();
  }
}
