package io.promlib.ws;

import io.promlib.bus.EventBus;
import io.promlib.bus.Subscription;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/**
 * A bus that makes subscriptions at once and says so later, when a test lets it; all else is the
 * real one's.
 */
final class Subscribing {
  private final EventBus real;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CompletableFuture<Boolean> gate = new CompletableFuture<>();

  Subscribing(EventBus real) {
    this.real = real;
  }

  EventBus bus() {
    return (EventBus)
        Proxy.newProxyInstance(
            EventBus.class.getClassLoader(),
            new Class<?>[] {EventBus.class},
            (self, method, arguments) -> call(method, arguments));
  }

  /** Returns when a subscription was asked for. */
  void awaitAsked() {
    Latches.await(asked);
  }

  void release() {
    gate.complete(true);
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    try {
      Object result = method.invoke(real, arguments);
      if (!method.getName().equals("subscribeAsync")) {
        return result;
      }
      asked.countDown();
      Object later =
          ((CompletableFuture<?>) result).thenCombine(gate, (made, open) -> (Subscription) made);
      return later;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
