package io.promlib.bus.internal;

import java.time.Duration;

/**
 * Says when what is only known here has to be written: acks, and slots that moved on over events of
 * others. Guarded by the group's lock.
 */
final class Unwritten {
  /** More words than this are not held back. */
  private static final int MOST = 1000;

  /** Slots move on for each event of another's slot: those writes are never made one by one. */
  private static final Duration MOVES = Duration.ofMillis(100);

  private final Book book;
  private final Durables durables;
  private final long ackDelay;
  private final long moveDelay;
  private boolean flush;
  private boolean acked;
  private long ackedAt;
  private boolean moved;
  private long movedAt;

  Unwritten(Wiring wiring, Book book, Durables durables) {
    this.book = book;
    this.durables = durables;
    this.ackDelay = wiring.ackDelay().toNanos();
    this.moveDelay = wiring.shared() ? Math.max(ackDelay, MOVES.toNanos()) : ackDelay;
  }

  /** All is to be written at once. */
  void flush() {
    flush = true;
  }

  /** Looks what there is to write; tells whether that is more than before. */
  boolean note(long nanos) {
    boolean more = false;
    boolean words = book.unwritten() > 0;
    if (words && !acked) {
      ackedAt = nanos;
      more = true;
    }
    acked = words;
    boolean moves = book.isMoved();
    if (moves && !moved) {
      movedAt = nanos;
      more = true;
    }
    moved = moves;
    return more;
  }

  /** Whether it is to be written now. */
  boolean isDue(long nanos) {
    note(nanos);
    boolean due =
        flush
            || (acked && (nanos - ackedAt >= ackDelay || mayNotWait()))
            || (moved && nanos - movedAt >= moveDelay);
    flush &= acked || moved;
    return due;
  }

  /** All of it is being written now. */
  void prepared() {
    flush = false;
    acked = false;
    moved = false;
  }

  /** Whether there is so much that it should not wait. */
  boolean isMuch() {
    return book.unwritten() > MOST;
  }

  private boolean mayNotWait() {
    return durables.areAwaited()
        || isMuch()
        || book.state().unfinished() >= GroupSteps.MAX_UNFINISHED;
  }

  /** When it is to be written, in nanoseconds; {@code otherwise} if there is nothing. */
  long dueAt(long otherwise) {
    long due = acked ? ackedAt + ackDelay : otherwise;
    long move = movedAt + moveDelay;
    return moved && (!acked || move - due < 0) ? move : due;
  }

  boolean isAny() {
    return acked || moved;
  }

  boolean isDelayed() {
    return ackDelay > 0;
  }
}
