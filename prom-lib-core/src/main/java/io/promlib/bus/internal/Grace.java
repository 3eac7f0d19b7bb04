package io.promlib.bus.internal;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for something to end, but no longer than the grace period of closing. */
final class Grace {
  private static final long LOOK_MILLIS = 2;

  private final Wiring wiring;

  Grace(Wiring wiring) {
    this.wiring = wiring;
  }

  void await(BooleanSupplier ended) {
    CountDownLatch over = new CountDownLatch(1);
    Duration grace = wiring.closeGrace();
    Timing.Alarm alarm = wiring.timing().schedule(over::countDown, grace);
    boolean interrupted = false;
    while (!ended.getAsBoolean()) {
      try {
        if (over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    alarm.cancel();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
