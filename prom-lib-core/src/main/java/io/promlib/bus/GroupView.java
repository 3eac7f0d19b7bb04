package io.promlib.bus;

import io.promlib.event.EventRecord;
import io.promlib.store.GroupSettings;
import java.util.Optional;

/**
 * A group as it stands.
 *
 * @param floor the ack floor: this position and all below it are done
 * @param last the event at the ack floor, if the topic still holds it
 * @param lag how many positions are not done, up to the tail
 * @param inFlight how many of them are leased to subscribers of this process
 * @param unfinished how many are claimed by any process or waiting to be tried again
 * @param skipped how many positions retention removed before the group got them
 * @param subscribers how many this process has
 * @param retrying how many of the unfinished failed at least once
 * @param failures how often the one of them that failed most did
 * @param oldest the oldest event that is not done, if there is one and the topic holds it
 */
public record GroupView(
    String topic,
    String group,
    GroupSettings settings,
    long floor,
    Optional<EventRecord> last,
    long lag,
    long inFlight,
    long unfinished,
    long skipped,
    int subscribers,
    long retrying,
    int failures,
    Optional<EventRecord> oldest) {

  /** Append time of the oldest event that is not done. */
  public Optional<Long> oldestAt() {
    return oldest.map(EventRecord::at);
  }
}
