package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.PromException;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.Handler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.function.Predicate;

/**
 * A bus whose deliveries cannot be acked, as if its store were away; all else is the real one's.
 */
final class FailingAcks {
  private FailingAcks() {}

  static EventBus of(EventBus bus) {
    return of(bus, id -> true);
  }

  /** Only of the events with these ids. */
  static EventBus of(EventBus bus, Predicate<String> which) {
    return proxy(
        EventBus.class,
        (method, arguments) -> {
          if (method.getName().equals("subscribeAsync")) {
            arguments[3] = failing((Handler<?>) arguments[3], which);
          }
          return call(bus, method, arguments);
        });
  }

  @SuppressWarnings("unchecked")
  private static Handler<JsonNode> failing(Handler<?> handler, Predicate<String> which) {
    return delivery -> ((Handler<JsonNode>) handler).handle(failing(delivery, which));
  }

  @SuppressWarnings("unchecked")
  private static Delivery<JsonNode> failing(Delivery<JsonNode> delivery, Predicate<String> which) {
    return proxy(
        Delivery.class,
        (method, arguments) -> {
          if (method.getName().equals("ack") && which.test(delivery.record().id())) {
            throw new PromException("the store is away");
          }
          return call(delivery, method, arguments);
        });
  }

  private interface Call {
    Object call(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> call.call(method, arguments)));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
