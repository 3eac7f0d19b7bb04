package io.promlib.bus.internal;

import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;

/** A handler that the bus need not wait for on a thread. */
public record AsyncHandler<T>(Async<T> work) implements Handler<T> {

  @Override
  public void handle(Delivery<T> delivery) throws Exception {
    work.start(delivery).toCompletableFuture().get();
  }
}
