package io.promlib.store;

import java.util.Arrays;

/**
 * How far each slot of a group with {@link Ordering#KEY} has come. An event belongs to the slot of
 * its key, or of its id if it has none; a slot belongs to one process at a time. Immutable.
 */
public final class Slots {
  public static final int COUNT = 32;

  /** No slot, in a group that has none. */
  public static final int NONE = -1;

  /* The top five bits of a multiplicative hash: String.hashCode alone leaves like keys in like slots. */
  private static final int MIX = 0x9E3779B9;
  private static final int SHIFT = 27;

  private final long[] nexts;
  private final long lostTo;

  private Slots(long[] nexts, long lostTo) {
    this.nexts = nexts;
    this.lostTo = lostTo;
  }

  /** All slots at one position. */
  public static Slots at(long next) {
    long[] all = new long[COUNT];
    Arrays.fill(all, next);
    return new Slots(all, 0);
  }

  /**
   * Slots as they were stored.
   *
   * @throws IllegalArgumentException unless there are {@link #COUNT}
   */
  public static Slots of(long[] nexts, long lostTo) {
    if (nexts.length != COUNT) {
      throw new IllegalArgumentException(
          "a group has " + COUNT + " slots, these are " + nexts.length);
    }
    return new Slots(nexts.clone(), lostTo);
  }

  /** The slot of a key, or of the id of an event without one: the same in every process. */
  public static int of(String keyOrId) {
    return (keyOrId.hashCode() * MIX) >>> SHIFT;
  }

  /** The lowest position that the slot never claimed. */
  public long next(int slot) {
    return nexts[slot];
  }

  /** The lowest of all slots. */
  public long lowest() {
    long lowest = Long.MAX_VALUE;
    for (long next : nexts) {
      lowest = Math.min(lowest, next);
    }
    return lowest;
  }

  /** The last position that was counted as lost to retention. */
  public long lostTo() {
    return lostTo;
  }

  public Slots lostTo(long seq) {
    return new Slots(nexts, seq);
  }

  /** With this slot moved on; one that is further already stays. */
  public Slots moved(int slot, long next) {
    if (nexts[slot] >= next) {
      return this;
    }
    long[] moved = nexts.clone();
    moved[slot] = next;
    return new Slots(moved, lostTo);
  }

  /** With every slot at this position at least. */
  public Slots raised(long next) {
    long[] raised = nexts.clone();
    for (int i = 0; i < COUNT; i++) {
      raised[i] = Math.max(raised[i], next);
    }
    return new Slots(raised, lostTo);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Slots slots
        && lostTo == slots.lostTo
        && Arrays.equals(nexts, slots.nexts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(nexts);
  }

  @Override
  public String toString() {
    return Arrays.toString(nexts);
  }
}
