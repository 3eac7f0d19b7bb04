package io.promlib.client;

import io.promlib.store.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next connection. Failures add up until a connection has held for the
 * longest wait, so that a gateway that accepts and drops is not stormed either. Called under the
 * client's lock.
 */
final class Reconnect {
  private static final int ENOUGH = 60;
  // A gateway that is away for longer is found by the back-off.
  private static final Duration LONGEST_TOLD = Duration.ofMinutes(5);

  private final Backoff backoff;
  private int failures;

  Reconnect(Backoff backoff) {
    this.backoff = backoff;
  }

  /** {@link #after(Duration)}, or {@code least}, up to five minutes, if that is longer. */
  Duration after(Duration held, @Nullable Duration least) {
    Duration wait = after(held);
    if (least == null || least.compareTo(wait) <= 0) {
      return wait;
    }
    return least.compareTo(LONGEST_TOLD) > 0 ? LONGEST_TOLD : least;
  }

  /** The wait after a connection that held for so long; zero for one that was never made. */
  Duration after(Duration held) {
    if (held.compareTo(backoff.max()) >= 0) {
      failures = 0;
    }
    failures = Math.min(failures + 1, ENOUGH);
    return backoff.after(failures, ThreadLocalRandom.current().nextDouble());
  }
}
