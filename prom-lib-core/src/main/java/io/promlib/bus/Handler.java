package io.promlib.bus;

import io.promlib.bus.internal.AsyncHandler;
import java.util.concurrent.CompletionStage;

/**
 * A subscriber's work on one event. It is called by a worker of the bus, several at a time only
 * where the subscription's {@code concurrency} allows; it may block, unless it is {@link
 * NonBlocking}. Throwing nacks.
 */
@FunctionalInterface
public interface Handler<T> {

  void handle(Delivery<T> delivery) throws Exception;

  /**
   * A handler whose work ends when the stage that it returns does; until then it counts as running.
   */
  static <T> Handler<T> async(Async<T> work) {
    return new AsyncHandler<>(work);
  }

  /** See {@link Handler#async}. */
  @FunctionalInterface
  interface Async<T> {
    CompletionStage<?> start(Delivery<T> delivery) throws Exception;
  }
}
