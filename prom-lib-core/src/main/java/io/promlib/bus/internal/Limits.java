package io.promlib.bus.internal;

import java.time.Duration;

/** Checks of what callers give. */
final class Limits {
  private static final Duration MAX_DELAY = Duration.ofHours(1);
  private static final Duration MAX_LEASE = Duration.ofHours(12);

  /** The longest reason that is kept of a failure. */
  static final int MAX_REASON = 2000;

  private Limits() {}

  static Duration delay(Duration delay) {
    if (delay.isNegative() || delay.compareTo(MAX_DELAY) > 0) {
      throw new IllegalArgumentException("delay must be from 0 to 1 h, is " + delay);
    }
    return delay;
  }

  static Duration lease(Duration lease) {
    if (lease.isNegative() || lease.isZero() || lease.compareTo(MAX_LEASE) > 0) {
      throw new IllegalArgumentException("a lease must last up to 12 h, is " + lease);
    }
    return lease;
  }

  static String reason(String reason) {
    return reason.length() <= MAX_REASON ? reason : reason.substring(0, MAX_REASON);
  }
}
