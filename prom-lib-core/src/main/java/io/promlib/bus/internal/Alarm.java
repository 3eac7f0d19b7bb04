package io.promlib.bus.internal;

import io.promlib.time.Timing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Calls once at the earliest of the times asked for. Being called too early is harmless, so it is
 * never put off.
 */
final class Alarm {
  private final Timing timing;
  private final Runnable ring;
  private Timing.@Nullable Alarm pending;
  private volatile boolean set;
  private volatile long at;

  Alarm(Timing timing, Runnable ring) {
    this.timing = timing;
    this.ring = ring;
  }

  /** Rings at {@code deadline} at the latest, both in nanoseconds of the monotonic clock. */
  void by(long deadline, long nanos) {
    if (!set || deadline - at < 0) {
      reset(deadline, nanos);
    }
  }

  /** Rings in so many nanoseconds at the latest. */
  void in(long wait, long nanos) {
    by(nanos + wait, nanos);
  }

  synchronized void off() {
    if (pending != null) {
      pending.cancel();
      pending = null;
    }
    set = false;
  }

  private synchronized void reset(long deadline, long nanos) {
    if (set && deadline - at >= 0) {
      return;
    }
    off();
    at = deadline;
    set = true;
    pending = timing.schedule(this::rang, Duration.ofNanos(Math.max(0, deadline - nanos)));
  }

  private void rang() {
    synchronized (this) {
      pending = null;
      set = false;
    }
    ring.run();
  }
}
