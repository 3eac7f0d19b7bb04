package io.promlib.client;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Watches that something comes over a connection: after so long without a sign it is pinged, after
 * twice that it counts as lost. {@link #sign()} may be called by any thread, the rest under the
 * client's lock.
 */
final class Silence {
  private final Object lock;
  private final Timing timing;
  private final Duration most;
  private int watch;
  private volatile long lastSign;

  Silence(Object lock, Timing timing, Duration most) {
    this.lock = lock;
    this.timing = timing;
    this.most = most;
  }

  /** Something came. */
  void sign() {
    lastSign = timing.nanos();
  }

  /** Watches a connection from now on, in place of any before. */
  void watch(Runnable ping, Consumer<Duration> lost) {
    sign();
    lookLater(++watch, ping, lost);
  }

  void stop() {
    watch++;
  }

  private void lookLater(int number, Runnable ping, Consumer<Duration> lost) {
    timing.schedule(
        () -> {
          synchronized (lock) {
            if (number == watch) {
              look(number, ping, lost);
            }
          }
        },
        most.dividedBy(2));
  }

  private void look(int number, Runnable ping, Consumer<Duration> lost) {
    long silent = timing.nanos() - lastSign;
    if (silent >= 2 * most.toNanos()) {
      lost.accept(Duration.ofNanos(silent));
      return;
    }
    if (silent >= most.toNanos()) {
      ping.run();
    }
    lookLater(number, ping, lost);
  }
}
