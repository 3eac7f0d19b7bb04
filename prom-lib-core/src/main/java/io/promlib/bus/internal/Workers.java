package io.promlib.bus.internal;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where handlers run: a thread for each running task and none for an idle subscription. Virtual
 * threads where the JDK has them, found at run time since the library is built for Java 17; else
 * daemon threads, reused and ended after ten idle seconds. There are never more than the
 * subscriptions' concurrencies ask for.
 */
public final class Workers {
  private static final long KEEP_SECONDS = 10;

  private Workers() {}

  /** An executor whose threads are named {@code prom-worker-N}. */
  public static ExecutorService start() {
    try {
      return Executors.class
                  .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
                  .invoke(null, virtualThreads())
              instanceof ExecutorService executor
          ? executor
          : platformThreads();
    } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
      return platformThreads();
    }
  }

  private static ThreadFactory virtualThreads()
      throws NoSuchMethodException, IllegalAccessException, InvocationTargetException {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    Class<?> type = builderType();
    Object named =
        type.getMethod("name", String.class, long.class).invoke(builder, "prom-worker-", 1L);
    return (ThreadFactory) type.getMethod("factory").invoke(named);
  }

  private static Class<?> builderType() throws NoSuchMethodException {
    for (Class<?> inner : Thread.class.getDeclaredClasses()) {
      if (inner.getSimpleName().equals("Builder")) {
        return inner;
      }
    }
    throw new NoSuchMethodException("Thread.Builder");
  }

  private static ExecutorService platformThreads() {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory daemons =
        task -> {
          Thread thread = new Thread(task, "prom-worker-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, KEEP_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons);
  }
}
