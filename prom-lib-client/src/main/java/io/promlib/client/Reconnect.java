package io.promlib.client;

import io.promlib.store.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next connection. Failures add up until a connection has held for the
 * longest wait, so that a gateway that accepts and drops is not stormed either. Called under the
 * client's lock.
 */
final class Reconnect {
  private static final int ENOUGH = 60;

  private final Backoff backoff;
  private int failures;

  Reconnect(Backoff backoff) {
    this.backoff = backoff;
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
