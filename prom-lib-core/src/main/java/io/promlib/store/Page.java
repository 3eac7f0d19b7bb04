package io.promlib.store;

import io.promlib.event.EventRecord;
import java.util.List;

/**
 * A stretch of a topic, in seq order. A position that is missing below one that is here, or below
 * {@code first}, was removed; nobody waits for it. A page may be shorter than the limit for its
 * bytes, but holds one event at least if there is one; {@code tail} then is the last one's
 * position.
 *
 * @param first the lowest position that the topic may still hold, read after the events were
 * @param tail a position that was there when the read began, or before {@code from} if none was:
 *     what is missing up to it and not cut off by the limit was removed
 */
public record Page(long first, long tail, List<EventRecord> events) {

  /**
   * The last position of which the page tells what is there: up to it, what is missing was removed.
   * Below the position read from, it tells nothing.
   *
   * @param limit the one it was read with
   */
  public long covered(int limit) {
    long last = events.isEmpty() ? 0 : events.get(events.size() - 1).seq();
    return Math.max(events.size() < limit ? Math.max(last, tail) : last, first - 1);
  }
}
