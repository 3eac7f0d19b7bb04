package io.promlib.ops;

import io.promlib.bus.GroupLag;

/** A group over the last minutes. */
final class GroupTrack {
  private final Speed speed = new Speed();
  private final History lags = new History();
  private volatile long lag;
  private volatile long behindSince;

  void note(GroupLag seen, long nanos, long now) {
    speed.note(seen.floor(), nanos);
    lags.add(seen.lag());
    lag = seen.lag();
    if (seen.lag() == 0) {
      behindSince = 0;
    } else if (behindSince == 0) {
      behindSince = now;
    }
  }

  long lag() {
    return lag;
  }

  long[] lags() {
    return lags.all();
  }

  /** Events done per second. */
  double rate() {
    return speed.perSecond();
  }

  /** Epoch milliseconds since when every look found it behind; 0 if the last one did not. */
  long behindSince() {
    return behindSince;
  }
}
