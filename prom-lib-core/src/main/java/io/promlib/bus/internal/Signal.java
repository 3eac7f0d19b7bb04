package io.promlib.bus.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * What publishers and a group's pump tell each other. It has cache lines of its own: publishers
 * read it at every event, and would else wait for each write that a worker does beside it.
 */
final class Signal {
  private static final int DIRTY = 32;
  private static final int HUNGRY = 33;
  private static final int LENGTH = 64;

  private final AtomicIntegerArray flags = new AtomicIntegerArray(LENGTH);

  /** The topic grew; tells whether the group has to be woken for it. */
  boolean grew() {
    if (flags.get(DIRTY) == 0) {
      flags.set(DIRTY, 1);
    }
    return flags.get(HUNGRY) != 0;
  }

  /** Whether the topic grew since this was last asked. */
  boolean takeGrown() {
    if (flags.get(DIRTY) == 0) {
      return false;
    }
    flags.set(DIRTY, 0);
    return true;
  }

  /** Whether the group is to be woken when the topic grows. Tells whether it did grow already. */
  boolean hungry(boolean hungry) {
    int value = hungry ? 1 : 0;
    if (flags.get(HUNGRY) != value) {
      flags.set(HUNGRY, value);
    }
    return hungry && flags.get(DIRTY) != 0;
  }
}
