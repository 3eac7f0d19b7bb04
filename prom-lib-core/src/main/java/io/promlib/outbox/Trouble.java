package io.promlib.outbox;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;

/** Failures in a row: how long to wait before the next try, and how seldom to speak of it. */
final class Trouble {
  private static final long FIRST = Duration.ofMillis(100).toNanos();
  private static final long LONGEST = Duration.ofSeconds(5).toNanos();
  private static final int DOUBLINGS = 10;

  private final String owner;
  private final Logger log;
  private final Seldom seldom;
  private int failures;

  Trouble(String owner, Logger log, Timing timing) {
    this.owner = owner;
    this.log = log;
    this.seldom = new Seldom(timing);
  }

  /** One more failure; answers how long to wait, at least half of the full back-off. */
  Duration failed(String what, Throwable failure) {
    long full = Math.min(LONGEST, FIRST << Math.min(failures, DOUBLINGS));
    long wait = (long) (full * (1 + ThreadLocalRandom.current().nextDouble()) / 2);
    failures++;
    if (seldom.now()) {
      log.warn(
          "outbox drainer {}: {} failed ({} in a row), trying again in {} ms",
          owner,
          what,
          failures,
          Duration.ofNanos(wait).toMillis(),
          failure);
    }
    return Duration.ofNanos(wait);
  }

  void over() {
    if (failures > 0) {
      log.info("outbox drainer {}: goes on after {} failures", owner, failures);
      failures = 0;
    }
  }
}
