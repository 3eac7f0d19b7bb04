package io.promlib.state;

import io.promlib.time.Timing;
import java.time.Duration;

/** What a loop waits at; a ring ends the wait, or the next one. */
final class Pause {
  private boolean rung;

  synchronized void ring() {
    rung = true;
    notifyAll();
  }

  synchronized void await(Timing timing, Duration most) throws InterruptedException {
    if (!rung) {
      Timing.Alarm alarm = timing.schedule(this::ring, most);
      try {
        while (!rung) {
          wait();
        }
      } finally {
        alarm.cancel();
      }
    }
    rung = false;
  }
}
