package io.promlib.mongo;

import java.time.Duration;

/** Durations as numbers; those that are too long for one are as long as one can say. */
final class Durations {
  private Durations() {}

  static long nanos(Duration value) {
    try {
      return value.toNanos();
    } catch (ArithmeticException beyond) {
      return value.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  static long millis(Duration value) {
    try {
      return value.toMillis();
    } catch (ArithmeticException beyond) {
      return value.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  /** As a time limit in milliseconds; the server takes no longer ones. */
  static long limit(Duration value) {
    return Math.min(millis(value), Integer.MAX_VALUE);
  }

  /** That long after a time in epoch milliseconds, or the end of time. */
  static long later(long now, Duration after) {
    try {
      return Math.addExact(now, millis(after));
    } catch (ArithmeticException beyond) {
      return Long.MAX_VALUE;
    }
  }
}
