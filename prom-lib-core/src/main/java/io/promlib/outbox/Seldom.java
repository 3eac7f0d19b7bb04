package io.promlib.outbox;

import io.promlib.time.Timing;
import java.time.Duration;

/** Says when a line may be logged: once a minute. */
final class Seldom {
  private static final long PAUSE = Duration.ofMinutes(1).toNanos();

  private final Timing timing;
  private long next;
  private boolean spoke;

  Seldom(Timing timing) {
    this.timing = timing;
  }

  boolean now() {
    long nanos = timing.nanos();
    boolean may = !spoke || nanos - next >= 0;
    if (may) {
      spoke = true;
      next = nanos + PAUSE;
    }
    return may;
  }
}
