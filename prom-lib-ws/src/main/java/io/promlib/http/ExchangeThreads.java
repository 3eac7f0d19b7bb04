package io.promlib.http;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A thread for each exchange and none for an idle connection: virtual ones from JDK 24 on, found at
 * run time since the library is built for Java 17; else daemon threads with small stacks, ended
 * after five idle seconds. Before JDK 24 the server's monitors would pin virtual threads, and peers
 * that send slowly would hold the carriers of the whole process (JEP 491).
 */
final class ExchangeThreads {
  private static final String PREFIX = "prom-http-";
  private static final int FIRST_UNPINNED = 24;
  private static final long STACK_BYTES = 256 << 10;

  private ExchangeThreads() {}

  static ExecutorService start() {
    if (Runtime.version().feature() < FIRST_UNPINNED) {
      return platform();
    }
    try {
      Object started =
          Executors.class
              .getMethod("newThreadPerTaskExecutor", ThreadFactory.class)
              .invoke(null, virtual());
      return (ExecutorService) started;
    } catch (NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException
        | ClassNotFoundException e) {
      return platform();
    }
  }

  private static ThreadFactory virtual()
      throws NoSuchMethodException,
          IllegalAccessException,
          InvocationTargetException,
          ClassNotFoundException {
    Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
    Class<?> type = Class.forName("java.lang.Thread$Builder");
    Object named = type.getMethod("name", String.class, long.class).invoke(builder, PREFIX, 1L);
    return (ThreadFactory) type.getMethod("factory").invoke(named);
  }

  private static ExecutorService platform() {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory daemons =
        task -> {
          Thread thread = new Thread(null, task, PREFIX + number.incrementAndGet(), STACK_BYTES);
          thread.setDaemon(true);
          return thread;
        };
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), daemons);
  }
}
