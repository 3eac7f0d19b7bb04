package io.promlib.outbox;

/**
 * A record that one drainer may publish until its lease ends.
 *
 * @param token names this claim and no other: whoever marks the record must bring it
 */
public record OutboxClaim(OutboxRecord record, String token) {}
