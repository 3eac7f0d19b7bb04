package io.promlib.testkit;

import io.promlib.PromException;
import io.promlib.store.EventStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stores whose answer is lost once: the call is done, and then it fails as if the connection broke.
 */
final class FailingStores {
  private FailingStores() {}

  /** The answer to the first append is lost. */
  static Stores appending(Stores stores) {
    return new Stores(loses("append", EventStore.class, stores.events()), stores.groups());
  }

  /** The answer to the first read of a topic is lost. */
  static Stores reading(Stores stores) {
    return new Stores(loses("read", EventStore.class, stores.events()), stores.groups());
  }

  private static <S> S loses(String method, Class<S> type, S store) {
    AtomicBoolean lost = new AtomicBoolean();
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, called, arguments) -> {
              Object answer;
              try {
                answer = called.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (called.getName().equals(method) && lost.compareAndSet(false, true)) {
                throw new PromException("the connection broke before the answer came");
              }
              return answer;
            }));
  }
}
