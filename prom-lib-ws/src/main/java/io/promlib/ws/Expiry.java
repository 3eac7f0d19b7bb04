package io.promlib.ws;

import io.promlib.time.Timing;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Until when a session's token is good, and the end of the session unless another one came. */
final class Expiry {
  /*
   * The alarm and the step of an AUTH meet here, under this lock, and whoever comes first decides: a token that came in
   * time moves `end`, and the alarm finds nothing due; once the alarm found it due, or the step did, the session is `over`
   * and no token brings it back, not even one whose check began before. An alarm that was replaced and runs all the same
   * looks at the end that holds by then. The wall clock may be set at any time, so it is asked again at least each minute.
   */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

  private final Timing timing;
  private final Alarms alarms;
  private final Runnable onOver;
  private @Nullable Instant end;
  private boolean over;

  /** Runs {@code onOver} once, on the timer's thread or the one that renews too late. */
  Expiry(Timing timing, Alarms alarms, Runnable onOver) {
    this.timing = timing;
    this.alarms = alarms;
    this.onOver = onOver;
  }

  /**
   * From now on the token is good until {@code then}, or for ever if null. False if the one before
   * expired: the session is over.
   */
  boolean renew(@Nullable Instant then) {
    synchronized (this) {
      if (!over && !isDue()) {
        end = then;
        watch();
        return true;
      }
    }
    look();
    return false;
  }

  private void look() {
    synchronized (this) {
      if (over) {
        return;
      }
      if (!isDue()) {
        watch();
        return;
      }
      over = true;
    }
    onOver.run();
  }

  private boolean isDue() {
    return end != null && !timing.wall().instant().isBefore(end);
  }

  private void watch() {
    if (end == null) {
      alarms.cancel(Alarms.Kind.EXPIRY);
    } else {
      Duration left = Duration.between(timing.wall().instant(), end);
      alarms.set(
          Alarms.Kind.EXPIRY,
          this::look,
          left.isNegative()
              ? Duration.ZERO
              : left.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : left);
    }
  }
}
