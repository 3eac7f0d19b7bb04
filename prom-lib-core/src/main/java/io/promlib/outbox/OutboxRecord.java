package io.promlib.outbox;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import org.jspecify.annotations.Nullable;

/**
 * A record as it stands in an outbox.
 *
 * @param ts epoch milliseconds, the event's {@code ts}
 * @param seq its place among those of its topic and key, from 1; 0 without a key
 * @param ordered whether the caller gave {@code seq}
 * @param dropped whether it goes without being published, when its turn comes
 * @param attempts how often publishing it failed
 * @param due epoch milliseconds before which nobody claims it
 * @param lastError what the last failure said
 */
public record OutboxRecord(
    String topic,
    String id,
    long ts,
    Payload payload,
    EventMeta meta,
    long seq,
    boolean ordered,
    boolean dropped,
    OutboxStatus status,
    int attempts,
    long due,
    @Nullable String lastError) {}
