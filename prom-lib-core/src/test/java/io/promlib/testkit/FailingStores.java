package io.promlib.testkit;

import io.promlib.PromException;
import io.promlib.store.Bounds;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores whose answer is lost once: the call is done, and then it fails as if the connection broke;
 * and stores that show less than there is.
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

  /** Reads show nothing above a position, as they may after a fail-over. */
  static Stores showing(Stores stores, LongSupplier shown) {
    EventStore behind =
        around(
            EventStore.class,
            stores.events(),
            (method, answer) ->
                answer instanceof Page page ? below(page, shown.getAsLong()) : answer);
    return new Stores(behind, stores.groups());
  }

  /** Pages end after one event, as they do for large ones. */
  static Stores cutting(Stores stores) {
    EventStore cutting =
        around(
            EventStore.class,
            stores.events(),
            (method, answer) ->
                answer instanceof Page page && page.events().size() > 1
                    ? below(page, page.events().get(0).seq())
                    : answer);
    return new Stores(cutting, stores.groups());
  }

  /** Topics seem to have grown whenever they are looked at. */
  static Stores growing(Stores stores) {
    AtomicLong grown = new AtomicLong();
    EventStore growing =
        around(
            EventStore.class,
            stores.events(),
            (method, answer) ->
                answer instanceof Bounds bounds
                    ? new Bounds(bounds.first(), bounds.tail() + grown.incrementAndGet())
                    : answer);
    return new Stores(growing, stores.groups());
  }

  private static Page below(Page page, long shown) {
    return new Page(
        page.first(),
        Math.min(page.tail(), shown),
        page.events().stream().filter(event -> event.seq() <= shown).toList());
  }

  private static <S> S loses(String method, Class<S> type, S store) {
    AtomicBoolean lost = new AtomicBoolean();
    return around(
        type,
        store,
        (called, answer) -> {
          if (called.equals(method) && lost.compareAndSet(false, true)) {
            throw new PromException("the connection broke before the answer came");
          }
          return answer;
        });
  }

  private static <S> S around(
      Class<S> type, S store, BiFunction<String, @Nullable Object, @Nullable Object> change) {
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
              return change.apply(called.getName(), answer);
            }));
  }
}
