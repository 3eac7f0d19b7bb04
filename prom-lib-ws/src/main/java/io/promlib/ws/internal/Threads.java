package io.promlib.ws.internal;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Daemon threads with a name and, where there are several, a number. */
public final class Threads {
  private Threads() {}

  public static ThreadFactory named(String name) {
    return task -> daemon(task, name);
  }

  public static ThreadFactory numbered(String prefix) {
    AtomicInteger count = new AtomicInteger();
    return task -> daemon(task, prefix + count.incrementAndGet());
  }

  public static Thread daemon(Runnable task, String name) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }
}
