package io.promlib.outbox;

import io.promlib.time.Timing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Renews the lease of the batch in hand while its drainer is busy with it. */
final class LeaseKeeper {
  private static final String THREAD = "prom-outbox-lease";

  private final Timing timing;
  private final Bell bell = new Bell();
  private @Nullable Hand hand;
  private Timing.@Nullable Alarm alarm;
  private @Nullable Thread thread;
  private volatile boolean ended;

  LeaseKeeper(Timing timing) {
    this.timing = timing;
  }

  synchronized void start() {
    Thread started = new Thread(this::run, THREAD);
    started.setDaemon(true);
    thread = started;
    started.start();
  }

  synchronized void watch(Hand batch) {
    if (thread != null) {
      hand = batch;
      setAlarm(batch);
    }
  }

  synchronized void letGo() {
    hand = null;
    cancelAlarm();
  }

  synchronized boolean isRunBy(Thread other) {
    return thread == other;
  }

  /** Has its thread end; answers it, if there is one. */
  synchronized @Nullable Thread end() {
    ended = true;
    cancelAlarm();
    bell.ring();
    return thread;
  }

  private void run() {
    while (!ended) {
      try {
        bell.await();
      } catch (InterruptedException e) {
        continue;
      }
      Hand batch = watched();
      if (batch != null && !ended) {
        batch.renewIfDue();
        goOn(batch);
      }
    }
  }

  private synchronized @Nullable Hand watched() {
    return hand;
  }

  private synchronized void goOn(Hand batch) {
    if (hand == batch) {
      setAlarm(batch);
    }
  }

  private void setAlarm(Hand batch) {
    cancelAlarm();
    long wait = batch.untilRenewal();
    if (wait >= 0 && !ended) {
      alarm = timing.schedule(bell::ring, Duration.ofNanos(wait));
    }
  }

  private void cancelAlarm() {
    if (alarm != null) {
      alarm.cancel();
      alarm = null;
    }
  }
}
