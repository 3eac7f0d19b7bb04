package io.promlib.mongo;

import io.promlib.store.EventStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The event stores of the processes of one test, where an append through one is told to the
 * listeners of the others at once: a change stream without delay, so that time stays in the test's
 * hand.
 */
final class LinkedStores {
  private final List<Linked> all = new CopyOnWriteArrayList<>();

  EventStore join(EventStore store) {
    Linked linked = new Linked(store);
    all.add(linked);
    return (EventStore)
        Proxy.newProxyInstance(
            EventStore.class.getClassLoader(),
            new Class<?>[] {EventStore.class},
            (proxy, method, arguments) -> linked.call(method, arguments));
  }

  private final class Linked {
    private final EventStore store;
    private final Map<String, List<Runnable>> listeners = new ConcurrentHashMap<>();

    Linked(EventStore store) {
      this.store = store;
    }

    @Nullable Object call(Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("onAppend")) {
        return listen((String) arguments[0], (Runnable) arguments[1]);
      }
      Object answer;
      try {
        answer = method.invoke(store, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
      if (method.getName().startsWith("append")) {
        for (Linked other : all) {
          if (other != this) {
            other.tell((String) arguments[0]);
          }
        }
      }
      return answer;
    }

    private EventStore.Registration listen(String topic, Runnable listener) {
      EventStore.Registration own = store.onAppend(topic, listener);
      List<Runnable> told = listeners.computeIfAbsent(topic, any -> new CopyOnWriteArrayList<>());
      told.add(listener);
      return () -> {
        own.close();
        told.remove(listener);
      };
    }

    private void tell(String topic) {
      listeners.getOrDefault(topic, List.of()).forEach(Runnable::run);
    }
  }
}
