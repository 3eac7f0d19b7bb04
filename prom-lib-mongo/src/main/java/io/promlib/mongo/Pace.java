package io.promlib.mongo;

import java.util.concurrent.TimeUnit;

/** How long the poller waits: little while something comes, more and more while nothing does. */
final class Pace {
  static final long BUSY = TimeUnit.MILLISECONDS.toNanos(5);
  static final long IDLE = TimeUnit.MILLISECONDS.toNanos(250);
  static final long BESIDE_STREAM = TimeUnit.SECONDS.toNanos(5);
  static final long AFTER_FAILURE = TimeUnit.SECONDS.toNanos(1);

  private long next = BUSY;

  /** After a poll that found so many topics grown. */
  long after(int grown, boolean streamAlive) {
    next = grown > 0 ? BUSY : Math.min(IDLE, next * 2);
    return streamAlive ? BESIDE_STREAM : next;
  }
}
