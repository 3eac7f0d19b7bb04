package io.promlib.outbox;

import io.promlib.time.Timing;
import java.time.Duration;

/** Wakes the one thread that waits for it, or the next that comes to wait. */
final class Bell {
  private boolean rung;

  synchronized void ring() {
    rung = true;
    notifyAll();
  }

  synchronized void await() throws InterruptedException {
    while (!rung) {
      wait();
    }
    rung = false;
  }

  /** Waits until it is rung, at most so long. */
  void await(Timing timing, Duration most) throws InterruptedException {
    Timing.Alarm alarm = timing.schedule(this::ring, most);
    try {
      await();
    } finally {
      alarm.cancel();
    }
  }
}
