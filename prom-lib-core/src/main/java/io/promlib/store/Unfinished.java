package io.promlib.store;

import org.jspecify.annotations.Nullable;

/**
 * An event that a group has tried, or been handed back, and that is not done.
 *
 * @param seq its position in the topic
 * @param failures attempts that failed: nacks, expiries and crashes
 * @param due epoch milliseconds before which it is not tried again
 * @param crashed whether the last failure was a crash
 * @param alone whether it was started with nothing else running, so that a crash now is its own
 * @param fatal why it is to become a dead letter; null while it is still to be tried
 * @param letter the position of the dead letter that it is redriven from, 0 for an event of the
 *     topic itself
 * @param redrives how often it was redriven
 * @param slot the slot that it belongs to; {@link Slots#NONE} in a group that has none
 */
public record Unfinished(
    long seq,
    int failures,
    long due,
    boolean crashed,
    boolean alone,
    @Nullable String fatal,
    long letter,
    int redrives,
    int slot) {

  /** An event of a group without slots. */
  public Unfinished(
      long seq,
      int failures,
      long due,
      boolean crashed,
      boolean alone,
      @Nullable String fatal,
      long letter,
      int redrives) {
    this(seq, failures, due, crashed, alone, fatal, letter, redrives, Slots.NONE);
  }

  /** An event of the topic that has not failed yet, in a group without slots. */
  public static Unfinished fresh(long seq, long due) {
    return fresh(seq, due, Slots.NONE);
  }

  /** An event of the topic that has not failed yet. */
  public static Unfinished fresh(long seq, long due, int slot) {
    return new Unfinished(seq, 0, due, false, false, null, 0, 0, slot);
  }

  /** After one more failure, to be tried again at {@code due}. */
  public Unfinished failed(boolean byCrash, long due) {
    return new Unfinished(seq, failures + 1, due, byCrash, false, null, letter, redrives, slot);
  }

  /** To be tried again at {@code due}, as if this attempt had not been. */
  public Unfinished handedBack(long due) {
    return new Unfinished(seq, failures, due, crashed, false, fatal, letter, redrives, slot);
  }

  /** About to start with nothing else running. */
  public Unfinished startedAlone() {
    return new Unfinished(seq, failures, due, crashed, true, fatal, letter, redrives, slot);
  }

  /** To become a dead letter for this reason, from {@code due} on. */
  public Unfinished dead(String reason, long due) {
    return new Unfinished(seq, failures, due, crashed, false, reason, letter, redrives, slot);
  }

  /** The same, known to belong to this slot. */
  public Unfinished in(int slot) {
    return this.slot == slot
        ? this
        : new Unfinished(seq, failures, due, crashed, alone, fatal, letter, redrives, slot);
  }
}
