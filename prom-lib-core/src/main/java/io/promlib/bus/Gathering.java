package io.promlib.bus;

/**
 * Implemented by a {@link Handler} or {@link TailHandler} that gathers what it is given, such as
 * into one message: it is told when no more is at hand.
 */
public interface Gathering {
  /**
   * The events that were ready have been handed over; what was gathered should go. Called by the
   * thread that called the handler, after the last one of each run, and now and then without one.
   * It must not throw.
   */
  void onPause();
}
