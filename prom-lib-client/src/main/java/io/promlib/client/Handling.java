package io.promlib.client;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one subscription's handler on the client's workers, as many at a time as it may. Under the
 * client's lock, but for the handler itself.
 */
final class Handling<T> {
  private static final Logger log = LoggerFactory.getLogger(Handling.class);

  private final ClientContext client;
  private final Inbox<T> inbox;
  private final ClientHandler<T> handler;
  private final int most;
  private final boolean manualAck;
  private final Runnable onIdle;
  private boolean halted;
  private int running;

  /** {@code onIdle} runs, under the lock, each time that the last handler has ended. */
  Handling(
      ClientContext client,
      Inbox<T> inbox,
      ClientSubscribeOptions options,
      ClientHandler<T> handler,
      Runnable onIdle) {
    this.client = client;
    this.inbox = inbox;
    this.handler = handler;
    this.most = options.concurrency();
    this.manualAck = options.manualAck();
    this.onIdle = onIdle;
  }

  boolean isIdle() {
    return running == 0;
  }

  /** No handler starts until {@link #goOn()}. */
  void halt() {
    halted = true;
  }

  void goOn() {
    halted = false;
    startMore();
  }

  void startMore() {
    LiveDelivery<T> next = next();
    while (next != null) {
      LiveDelivery<T> first = next;
      client.threads().work(() -> work(first));
      next = next();
    }
  }

  /** Takes the next delivery to handle, if one may start; then it counts as running. */
  private @Nullable LiveDelivery<T> next() {
    LiveDelivery<T> next = halted || running >= most ? null : inbox.next();
    if (next != null) {
      next.started = true;
      running++;
    }
    return next;
  }

  private void work(LiveDelivery<T> first) {
    LiveDelivery<T> delivery = first;
    while (delivery != null) {
      Throwable failure = handle(delivery);
      // What interrupted this handler is not meant for the next.
      Thread.interrupted();
      synchronized (client.lock()) {
        delivery.handled = true;
        if (!manualAck && !delivery.settled) {
          settle(delivery, failure);
        }
        running--;
        if (running == 0) {
          onIdle.run();
        }
        delivery = next();
        if (delivery == null) {
          inbox.acks().flush();
        } else if (!manualAck) {
          inbox.acks().soon();
        }
      }
    }
  }

  private @Nullable Throwable handle(LiveDelivery<T> delivery) {
    try {
      handler.handle(delivery);
      return null;
    } catch (Throwable failure) {
      log.warn(
          "the handler of {} {} failed on {}",
          inbox.topic(),
          inbox.group(),
          delivery.record().id(),
          failure);
      return failure;
    }
  }

  private void settle(LiveDelivery<T> delivery, @Nullable Throwable failure) {
    if (failure == null) {
      inbox.done(delivery);
      return;
    }
    var unused =
        delivery
            .nack(failure.toString())
            .whenComplete(
                (result, error) -> {
                  if (error != null) {
                    log.debug("{} may come again: {}", delivery.record().id(), error.toString());
                  }
                });
  }
}
