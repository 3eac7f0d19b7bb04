package io.promlib.bus.internal;

import java.util.function.Supplier;

/** What may go wrong around a store call. */
interface Faults {

  /**
   * Makes the call, or not, and may crash, throw, or let others go first or next.
   *
   * @param others whether others may act around it; not where the caller holds a lock
   */
  <R> R strike(String call, boolean others, Supplier<R> real);

  /** Whether a compare-and-set loses although nobody wrote. */
  boolean loses();

  /** Whether the process is dead, so that nothing reaches it. */
  boolean isOver();

  /** Nothing goes wrong. */
  Faults NONE =
      new Faults() {
        @Override
        public <R> R strike(String call, boolean others, Supplier<R> real) {
          return real.get();
        }

        @Override
        public boolean loses() {
          return false;
        }

        @Override
        public boolean isOver() {
          return false;
        }
      };
}
