package io.promlib.ws;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/** The timers of a connection, one of each kind; none is left when it is closed. */
final class Alarms {
  /** What a timer is for; the one that forces a close takes the place of {@link #AUTH}. */
  enum Kind {
    AUTH,
    PING,
    STALL,
    EXPIRY
  }

  private final Timing timing;
  private final Map<Kind, Timing.Alarm> set = new EnumMap<>(Kind.class);
  private boolean closed;

  Alarms(Timing timing) {
    this.timing = timing;
  }

  /** Sets a timer in place of the one of its kind. */
  synchronized void set(Kind kind, Runnable task, Duration delay) {
    if (!closed) {
      cancel(kind);
      set.put(kind, timing.schedule(task, delay));
    }
  }

  synchronized void cancel(Kind kind) {
    Timing.Alarm alarm = set.remove(kind);
    if (alarm != null) {
      alarm.cancel();
    }
  }

  synchronized void close() {
    closed = true;
    set.values().forEach(Timing.Alarm::cancel);
    set.clear();
  }
}
