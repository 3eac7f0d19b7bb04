package io.promlib.ws;

import io.promlib.bus.EventBus;
import io.promlib.bus.Tail;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A bus that shows the tails that are made of it; all is the real one's. */
final class TailSpy {
  final List<Tail> tails = new CopyOnWriteArrayList<>();
  final EventBus bus;

  @SuppressWarnings("unchecked")
  TailSpy(EventBus real) {
    bus =
        (EventBus)
            Proxy.newProxyInstance(
                EventBus.class.getClassLoader(),
                new Class<?>[] {EventBus.class},
                (self, method, arguments) -> {
                  if (method.getName().equals("async")) {
                    Function<EventBus, ?> call = (Function<EventBus, ?>) arguments[0];
                    return real.async(given -> call.apply((EventBus) self));
                  }
                  try {
                    Object result = method.invoke(real, arguments);
                    if (result instanceof Tail tail) {
                      tails.add(tail);
                    }
                    return result;
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
  }
}
