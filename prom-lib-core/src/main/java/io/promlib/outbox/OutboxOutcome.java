package io.promlib.outbox;

/** What became of a claimed record. */
public sealed interface OutboxOutcome {
  OutboxClaim claim();

  /** It is published, or goes unpublished because it was dropped. */
  record Sent(OutboxClaim claim) implements OutboxOutcome {}

  /** Publishing failed, which counts; it is tried again at {@code due}. */
  record Retry(OutboxClaim claim, long due, String error) implements OutboxOutcome {}

  /** Publishing failed, which counts, and is not tried again until somebody requeues it. */
  record Failed(OutboxClaim claim, String error) implements OutboxOutcome {}

  /** It was not tried: uncounted, and free again at {@code due}. */
  record HandedBack(OutboxClaim claim, long due) implements OutboxOutcome {}
}
