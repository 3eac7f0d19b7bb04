package io.promlib.limit;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets through {@code capacity} at once and {@code refillPerSec} a second after that. It is full at
 * the start and never holds more than its capacity. Safe for use by many threads; holds no thread.
 */
public final class TokenBucket {
  /** The largest capacity and the largest refill. */
  public static final long MAX = 1_000_000_000L;

  private static final long UNITS = 1_000_000_000L;

  /*
   * A token is 10^9 units, so one nanosecond brings exactly refillPerSec units: every sum is in
   * whole numbers and nothing is rounded, however often it is asked. "level" is what was there at
   * "asOf", the latest time seen; a clock that goes backwards brings nothing until it is past
   * "asOf" again, so that no stretch of time counts twice. Capacity and refill are at most 10^9, so
   * a full bucket is at most 10^18 units, and elapsed time is compared with the time to full before
   * it is multiplied: nothing overflows. Both fields are guarded by "this".
   */
  private final long full;
  private final long refillPerSec;
  private final LongSupplier nanoClock;
  private long level;
  private long asOf;

  /** A bucket on the system's monotonic clock. */
  public TokenBucket(long capacity, long refillPerSec) {
    this(capacity, refillPerSec, System::nanoTime);
  }

  /**
   * A bucket on a clock of nanoseconds with any origin.
   *
   * @throws IllegalArgumentException if capacity or refill is not from 1 to {@link #MAX}
   */
  public TokenBucket(long capacity, long refillPerSec, LongSupplier nanoClock) {
    this.full = range("capacity", capacity) * UNITS;
    this.refillPerSec = range("refillPerSec", refillPerSec);
    this.nanoClock = nanoClock;
    this.level = full;
    this.asOf = nanoClock.getAsLong();
  }

  /**
   * Takes {@code n} tokens if they are there, else none. More than the capacity never are.
   *
   * @throws IllegalArgumentException if {@code n} is negative
   */
  public synchronized boolean tryConsume(long n) {
    notNegative(n);
    refill();
    if (n > level / UNITS) {
      return false;
    }
    level -= n * UNITS;
    return true;
  }

  /**
   * How long until {@code n} tokens are there if nobody takes any; zero if they are.
   *
   * @throws IllegalArgumentException if {@code n} is negative or more than the capacity
   */
  public synchronized Duration deficit(long n) {
    notNegative(n);
    if (n > full / UNITS) {
      throw new IllegalArgumentException(
          n
              + " tokens are never there, the capacity is "
              + full / UNITS
              + "; ask for less at once");
    }
    refill();
    long lacking = n * UNITS - level;
    return lacking <= 0 ? Duration.ZERO : Duration.ofNanos(nanosFor(lacking));
  }

  private void refill() {
    long now = nanoClock.getAsLong();
    long elapsed = now - asOf;
    if (elapsed <= 0) {
      return;
    }
    asOf = now;
    level = elapsed >= nanosFor(full - level) ? full : level + elapsed * refillPerSec;
  }

  private long nanosFor(long units) {
    return units / refillPerSec + (units % refillPerSec == 0 ? 0 : 1);
  }

  private static void notNegative(long n) {
    if (n < 0) {
      throw new IllegalArgumentException("tokens must not be negative, are " + n);
    }
  }

  private static long range(String what, long value) {
    if (value < 1 || value > MAX) {
      throw new IllegalArgumentException(what + " must be from 1 to " + MAX + ", is " + value);
    }
    return value;
  }
}
