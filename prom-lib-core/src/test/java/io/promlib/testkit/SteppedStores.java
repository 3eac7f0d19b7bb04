package io.promlib.testkit;

import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** One process's way to the stores: something may happen before or after any of its calls. */
final class SteppedStores {
  /** Ends a process wherever it stands. */
  static final class Death extends Error {
    private static final long serialVersionUID = 1L;

    Death() {
      super("killed here", null, false, false);
    }
  }

  private final Stores real;
  private int calls;
  private int at = -1;
  private boolean after;
  private Runnable what = () -> {};

  SteppedStores(Stores real) {
    this.real = real;
  }

  /** From now on, before the call of this number from 0, or after it is done. */
  void at(int call, boolean afterIt, Runnable happens) {
    calls = 0;
    at = call;
    after = afterIt;
    what = happens;
  }

  /** How many calls were made since. */
  int calls() {
    return calls;
  }

  Stores stores() {
    return new Stores(
        stepped(EventStore.class, real.events()), stepped(GroupStore.class, real.groups()));
  }

  private <S> S stepped(Class<S> type, S store) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> call(store, method, arguments)));
  }

  private Object call(Object store, Method method, Object[] arguments) throws Throwable {
    int call = calls++;
    if (call == at && !after) {
      what.run();
    }
    Object answer;
    try {
      answer = method.invoke(store, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
    if (call == at && after) {
      what.run();
    }
    return answer;
  }
}
