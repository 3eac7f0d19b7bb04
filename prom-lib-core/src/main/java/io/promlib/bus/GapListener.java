package io.promlib.bus;

/** Hears of positions that retention removed before this subscriber's group got them. */
@FunctionalInterface
public interface GapListener {
  GapListener NONE = (from, to) -> {};

  /**
   * Positions {@code from} to {@code to}, inclusive, are lost to the group. Called on the thread
   * that reads for the group: a worker of the bus, or one that {@link NonBlocking} tells of.
   */
  void onGap(long from, long to);
}
