package io.promlib.store;

import java.time.Duration;

/**
 * How long a failed event waits: {@code first}, then {@code factor} times as long after each
 * further failure, at most {@code max}; of that a random part up to {@code jitter} is taken off, so
 * that failures of one moment spread.
 *
 * @param factor at least 1
 * @param jitter from 0 (none) to 1 (anything down to no wait)
 */
public record Backoff(Duration first, double factor, Duration max, double jitter) {

  /** One second, doubling to five minutes, up to a fifth less by chance. */
  public static final Backoff DEFAULT =
      new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(5), 0.2);

  public Backoff {
    if (first.isNegative() || first.isZero()) {
      throw new IllegalArgumentException("first must be positive, is " + first);
    }
    if (max.compareTo(first) < 0) {
      throw new IllegalArgumentException("max must not be below first, is " + max);
    }
    if (!(factor >= 1 && factor <= 100)) {
      throw new IllegalArgumentException("factor must be from 1 to 100, is " + factor);
    }
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new IllegalArgumentException("jitter must be from 0 to 1, is " + jitter);
    }
  }

  /** Always the same wait. */
  public static Backoff fixed(Duration wait) {
    return new Backoff(wait, 1, wait, 0);
  }

  /**
   * The wait after so many failures.
   *
   * @param failures from 1
   * @param chance from 0 to 1
   */
  public Duration after(int failures, double chance) {
    double longest =
        Math.min((double) max.toMillis(), first.toMillis() * Math.pow(factor, failures - 1));
    return Duration.ofMillis(Math.max(1, Math.round(longest * (1 - jitter * chance))));
  }
}
