package io.promlib.time;

import java.time.Duration;
import java.time.InstantSource;

/**
 * A wall clock, a monotonic clock and an alarm. {@link #system()} is the machine's; tests turn the
 * test kit's {@code ManualClock} by hand. Clocks decide when something is tried, never who wins.
 */
public interface Timing extends AutoCloseable {

  /** Wall time, which may jump. */
  InstantSource wall();

  /** Nanoseconds from an arbitrary origin, never going backwards. */
  long nanos();

  /**
   * Runs {@code task} once, after {@code delay} has passed on the monotonic clock. Tasks must be
   * short and must not block: they share one thread.
   */
  Alarm schedule(Runnable task, Duration delay);

  /** Wall time in epoch milliseconds. */
  default long millis() {
    return wall().millis();
  }

  /** Drops what is scheduled and ends the alarm's thread, if there is one. Idempotent. */
  @Override
  void close();

  /**
   * The machine's clocks, with one daemon thread, {@code prom-timer}, that {@link #close()} ends.
   */
  static Timing system() {
    return new SystemTiming();
  }

  /** A task that waits for its time. */
  interface Alarm {
    /** Takes the task back; without effect if it ran or runs. */
    void cancel();
  }
}
