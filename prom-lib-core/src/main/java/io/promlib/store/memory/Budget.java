package io.promlib.store.memory;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that all topics of a store share. */
final class Budget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  Budget(long limit) {
    this.limit = limit;
  }

  /**
   * Takes so many bytes if they are there; a negative number gives bytes back and always succeeds.
   */
  boolean take(long bytes) {
    if (bytes <= 0) {
      if (bytes < 0) {
        used.addAndGet(bytes);
      }
      return true;
    }
    long now = used.get();
    while (bytes <= limit - now) {
      if (used.compareAndSet(now, now + bytes)) {
        return true;
      }
      now = used.get();
    }
    return false;
  }

  void giveBack(long bytes) {
    used.addAndGet(-bytes);
  }

  /** Whether so many bytes would fit, once those of {@code own} are given back. */
  boolean couldTake(long bytes, long own) {
    return bytes <= limit - (used.get() - own);
  }

  long used() {
    return used.get();
  }
}
