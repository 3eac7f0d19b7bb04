package io.promlib.outbox;

import java.util.OptionalLong;

/**
 * How much an outbox holds.
 *
 * @param oldestUnsent the lowest {@code ts} of a record that is pending or claimed; empty if there
 *     is none
 */
public record OutboxCounts(
    long pending, long claimed, long sent, long error, OptionalLong oldestUnsent) {}
