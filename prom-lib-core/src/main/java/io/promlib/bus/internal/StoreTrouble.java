package io.promlib.bus.internal;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;

/**
 * Failures of a store in a row: how long to wait before the next try, and how seldom to speak of
 * it, so that a database that is away for minutes neither is stormed when it comes back nor fills
 * the log.
 */
final class StoreTrouble {
  private static final long FIRST = Duration.ofMillis(100).toNanos();
  private static final long LONGEST = Duration.ofSeconds(5).toNanos();
  private static final long SPEAK_AGAIN = Duration.ofSeconds(30).toNanos();

  private final String what;
  private final Logger log;
  private final DoubleSupplier chance;
  private int failures;
  private long until;
  private long spokeAt;

  /**
   * Nothing failed yet.
   *
   * @param what has the trouble, as the log names it
   * @param chance gives numbers from 0 to 1, for the jitter
   */
  StoreTrouble(String what, Logger log, DoubleSupplier chance) {
    this.what = what;
    this.log = log;
    this.chance = chance;
  }

  /** One more failure; answers how many nanoseconds to wait, at least half of the full back-off. */
  long failed(Throwable failure, long nanos) {
    long full = Math.min(LONGEST, FIRST << Math.min(failures, 10));
    long wait = (long) (full * (1 + chance.getAsDouble()) / 2);
    if (failures == 0 || nanos - spokeAt >= SPEAK_AGAIN) {
      spokeAt = nanos;
      log.warn(
          "{}: the store failed ({} in a row), trying again in {} ms",
          what,
          failures + 1,
          Duration.ofNanos(wait).toMillis(),
          failure);
    }
    failures++;
    until = nanos + wait;
    return wait;
  }

  /** Whether it is too early to try again. */
  boolean waits(long nanos) {
    return failures > 0 && until - nanos > 0;
  }

  /** When it may be tried again, in nanoseconds. */
  long until() {
    return until;
  }

  /** The store answered. */
  void answered() {
    if (failures > 0) {
      log.info("{}: the store answers again, after {} failures", what, failures);
      failures = 0;
    }
  }
}
