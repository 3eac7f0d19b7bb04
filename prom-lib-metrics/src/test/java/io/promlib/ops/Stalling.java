package io.promlib.ops;

import io.promlib.bus.EventBus;
import io.promlib.store.EventStore;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A bus on a store of events that hangs, or fails, as long as a test wants. */
final class Stalling implements AutoCloseable {
  private final EventStore events = new InMemoryEventStore();
  private final InMemoryGroupStore groups = new InMemoryGroupStore();
  private final AtomicInteger held = new AtomicInteger();
  private final EventBus bus;
  private volatile @Nullable CountDownLatch hanging;
  private volatile boolean failing;
  private volatile boolean countsOnly;

  Stalling() {
    EventStore around =
        (EventStore)
            Proxy.newProxyInstance(
                EventStore.class.getClassLoader(),
                new Class<?>[] {EventStore.class},
                (proxy, method, arguments) -> call(method, arguments));
    bus = EventBus.builder().stores(around, groups).build();
  }

  EventBus bus() {
    return bus;
  }

  Ops ops(OpsLimits limits, Duration storeTime) {
    return ops(limits, storeTime, builder -> builder);
  }

  /**
   * An ops server of its bus, which has one topic. The sampler looks once, before this returns, so
   * that all further calls of the store are the test's.
   */
  Ops ops(OpsLimits limits, Duration storeTime, UnaryOperator<OpsServer.Builder> more) {
    bus.publish(Ops.ORDERS, Ops.tree("1"));
    OpsLimits patient =
        limits
            .times(Duration.ofMinutes(1), Duration.ofMinutes(2), storeTime)
            .sampleEvery(Duration.ofHours(1));
    Ops ops = Ops.of(bus, builder -> more.apply(builder.limits(patient)));
    Awaitility.await().until(() -> ops.get("/status").json().path("topics").asInt() == 1);
    return ops;
  }

  /** Only counts hang from now on, when it hangs. */
  void countsOnly() {
    countsOnly = true;
  }

  void hang() {
    hanging = new CountDownLatch(1);
  }

  void fail(boolean now) {
    failing = now;
  }

  void goOn() {
    CountDownLatch latch = hanging;
    hanging = null;
    if (latch != null) {
      latch.countDown();
    }
  }

  /** Calls that hang. */
  int held() {
    return held.get();
  }

  private @Nullable Object call(Method method, Object @Nullable [] arguments) throws Throwable {
    CountDownLatch latch = hanging;
    if (latch != null && (!countsOnly || method.getName().equals("extent"))) {
      held.incrementAndGet();
      try {
        latch.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreUnavailableException("interrupted", e);
      } finally {
        held.decrementAndGet();
      }
    }
    if (failing) {
      throw new StoreUnavailableException("mongodb://user:secret@db is away", null);
    }
    try {
      return method.invoke(events, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    goOn();
    failing = false;
    bus.close();
    groups.close();
    events.close();
  }
}
