package io.promlib.store;

import io.promlib.event.EventRecord;
import java.util.List;

/**
 * A stretch of a topic, in seq order. A position that is missing below one that is here, or below
 * {@code first}, was removed; nobody waits for it.
 *
 * @param first the lowest position that the topic may still hold, read after the events were
 * @param tail the highest position appended when the read began
 */
public record Page(long first, long tail, List<EventRecord> events) {}
