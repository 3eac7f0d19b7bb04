package io.promlib.outbox;

import org.jspecify.annotations.Nullable;

/** A record on the heap, and what changes of it. */
final class Entry {
  final OutboxDraft draft;
  final long number;
  final Lane lane;
  final long seq;

  OutboxStatus status = OutboxStatus.PENDING;
  boolean dropped;
  int attempts;
  long due;
  @Nullable String lastError;
  @Nullable String token;
  long leaseUntil;
  long sentAt;

  Entry(OutboxDraft draft, long number, Lane lane, long seq) {
    this.draft = draft;
    this.number = number;
    this.lane = lane;
    this.seq = seq;
  }

  /** From when on somebody may claim it, if none of its lane stands before it. */
  long freeAt() {
    return switch (status) {
      case PENDING -> due;
      case CLAIMED -> leaseUntil;
      case SENT, ERROR -> Long.MAX_VALUE;
    };
  }

  boolean isHeldBy(OutboxClaim claim) {
    return status == OutboxStatus.CLAIMED && claim.token().equals(token);
  }

  void claim(String by, long until) {
    status = OutboxStatus.CLAIMED;
    token = by;
    leaseUntil = until;
  }

  /** It is nobody's any more. */
  void rest(OutboxStatus as, long from) {
    status = as;
    token = null;
    due = from;
  }

  OutboxRecord view() {
    return new OutboxRecord(
        draft.topic(),
        draft.id(),
        draft.ts(),
        draft.payload(),
        draft.meta(),
        seq,
        draft.order() > 0,
        dropped,
        status,
        attempts,
        due,
        lastError);
  }
}
