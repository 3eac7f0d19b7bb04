package io.promlib.client;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;

/**
 * Extends the leases of one subscription's deliveries while they wait for a handler or one runs,
 * each when half of it is over, and one that the handler made longer when no more than half of the
 * subscription's own ack deadline is left, so that none is cut; up to a limit from the handler's
 * start (from its coming, while it waits). One alarm serves all: it is set for the earliest half
 * that is known, looks at every delivery, and is set again only while there are any to keep. Under
 * the client's lock, which the alarm takes too.
 */
final class LeaseKeeper<T> {
  private final Object lock;
  private final Timing timing;
  private final long limitNanos;
  private final Collection<LiveDelivery<T>> held;
  private final Consumer<LiveDelivery<T>> extend;
  private boolean alarmSet;
  private long alarmAt;

  /**
   * {@code extend} asks for the subscription's own ack deadline; {@link #keep} is called when there
   * is an answer.
   */
  LeaseKeeper(
      Object lock,
      Timing timing,
      Duration limit,
      Collection<LiveDelivery<T>> held,
      Consumer<LiveDelivery<T>> extend) {
    this.lock = lock;
    this.timing = timing;
    this.limitNanos = limit.toNanos();
    this.held = held;
    this.extend = extend;
  }

  /** A delivery came. */
  void arrived(LiveDelivery<T> delivery) {
    delivery.extendUntil = timing.nanos() + limitNanos;
    keep(delivery);
  }

  /** Its handler is about to start. */
  void started(LiveDelivery<T> delivery) {
    delivery.extendUntil = timing.nanos() + limitNanos;
  }

  /** Its deadline was moved, or could not be. */
  void keep(LiveDelivery<T> delivery) {
    long now = timing.nanos();
    delivery.extendAt =
        delivery.deadline - Math.min(delivery.deadline - now, delivery.grantNanos) / 2;
    if (limitNanos > 0 && (!alarmSet || delivery.extendAt - alarmAt < 0)) {
      alarmAt(delivery.extendAt, now);
    }
  }

  private void alarmAt(long at, long now) {
    alarmSet = true;
    alarmAt = at;
    timing.schedule(() -> look(at), Duration.ofNanos(Math.max(0, at - now)));
  }

  private void look(long at) {
    synchronized (lock) {
      if (!alarmSet || alarmAt != at) {
        return;
      }
      alarmSet = false;
      long now = timing.nanos();
      for (LiveDelivery<T> delivery : List.copyOf(held)) {
        if (!isKept(delivery, now)) {
          continue;
        }
        if (delivery.extendAt - now <= 0) {
          extend.accept(delivery);
        } else if (!alarmSet || delivery.extendAt - alarmAt < 0) {
          alarmAt(delivery.extendAt, now);
        }
      }
    }
  }

  private static boolean isKept(LiveDelivery<?> delivery, long now) {
    return !delivery.handled
        && delivery.extending == 0
        && now - delivery.extendUntil < 0
        && !delivery.isExpired(now);
  }
}
