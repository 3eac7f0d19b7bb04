package io.promlib.dedupe;

import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;
import io.promlib.bus.internal.AsyncHandler;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Makes of any handler one that runs once for each event, however often the event is delivered.
 *
 * <pre>{@code
 * DedupeStore seen = new InMemoryDedupeStore();
 * bus.subscribe(ORDERS, "mailer", Once.over(seen).around(delivery -> mail(delivery.payload())));
 * }</pre>
 *
 * <p>Of two deliveries of an event at once one runs; the other is handed back, uncounted, for as
 * long as the first has. One of an event that is done is acked. What a handler did before a crash,
 * or before it threw, is done again by the next attempt; and one that runs for longer than its
 * lease and the delivery's may not be alone any more. Where its writes are in the database that the
 * store is in, a transaction does better.
 *
 * <p>A handler's return completes the event, then acks it, whether or not the subscription is
 * {@code manualAck}; its throwing abandons it, then nacks. A call on the delivery that it is given
 * counts instead: ack completes first, nack, hand-back and terminate abandon first. Those calls
 * block for as long as the store does, on the thread that makes them; with an asynchronous handler
 * that is the thread that completes its stage. A store that cannot be reached at the start fails
 * the attempt; one that cannot be reached at the end leaves the event acked, as it is handled, and
 * is logged.
 */
public final class Once {
  private static final Duration LEASE = Duration.ofMinutes(1);

  /** No event is handed back for longer. */
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);

  private final DedupeStore store;
  private final Duration lease;
  private final Timing timing;
  private final boolean manualAck;

  private Once(DedupeStore store, Duration lease, Timing timing, boolean manualAck) {
    this.store = store;
    this.lease = lease;
    this.timing = timing;
    this.manualAck = manualAck;
  }

  /** Over a store that is bound to the topic and group of the subscription, and stays open. */
  public static Once over(DedupeStore store) {
    return new Once(store, LEASE, Timing.system(), false);
  }

  /**
   * How long a handler that gives no sign is taken to be at work, but no shorter than the
   * delivery's own lease; from 1 ms to 12 h, default 1 min. A crash holds its event back for as
   * long.
   */
  public Once lease(Duration value) {
    return new Once(store, DedupeStore.checked(value), timing, manualAck);
  }

  /**
   * The clock that leases are told by; default: the machine's. Processes whose clocks differ take
   * each other's leases to end that much sooner or later. It stays the caller's to close.
   */
  public Once timing(Timing value) {
    return new Once(store, lease, value, manualAck);
  }

  /**
   * For a {@code manualAck} subscription whose handler settles later: its return leaves the event
   * as it is.
   */
  public Once manualAck() {
    return new Once(store, lease, timing, true);
  }

  /** The handler, run once for each event; an asynchronous one ({@link Handler#async}) stays so. */
  public <T> Handler<T> around(Handler<T> handler) {
    if (handler instanceof AsyncHandler<T> async) {
      return Handler.async(delivery -> start(async.work(), delivery));
    }
    return delivery -> run(handler, delivery);
  }

  private <T> void run(Handler<T> handler, Delivery<T> delivery) throws Exception {
    OnceDelivery<T> begun = begin(delivery);
    if (begun == null) {
      return;
    }
    try {
      handler.handle(begun);
    } catch (Throwable failure) {
      begun.failed();
      throw failure;
    }
    returned(begun);
  }

  private <T> CompletionStage<?> start(Handler.Async<T> work, Delivery<T> delivery)
      throws Exception {
    OnceDelivery<T> begun = begin(delivery);
    if (begun == null) {
      return CompletableFuture.completedFuture(null);
    }
    CompletionStage<?> stage;
    try {
      stage = Objects.requireNonNull(work.start(begun), "an asynchronous handler returns a stage");
    } catch (Throwable failure) {
      begun.failed();
      throw failure;
    }
    return stage.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            returned(begun);
          } else {
            begun.failed();
          }
        });
  }

  /** The delivery for a handler that is to run; null if none is, and the delivery is settled. */
  private <T> @Nullable OnceDelivery<T> begin(Delivery<T> delivery) {
    String id = delivery.record().id();
    Begin answer = store.begin(id, longer(lease, delivery.ackDeadline()), timing.millis());
    if (answer instanceof Begin.Started started) {
      return new OnceDelivery<>(delivery, store, started.token(), timing);
    }
    if (answer instanceof Begin.Busy busy) {
      delivery.handBack(busy.left().compareTo(LONGEST_WAIT) < 0 ? busy.left() : LONGEST_WAIT);
    } else {
      delivery.ack();
    }
    return null;
  }

  private void returned(OnceDelivery<?> begun) {
    if (!manualAck && !begun.isSettled()) {
      begun.ack();
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }
}
