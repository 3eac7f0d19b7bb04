package io.promlib.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that run a user's code: workers for handlers, as many as handlers run, and one for
 * answers and listeners, which so come in order. Both kinds end after ten idle seconds, and with
 * {@link #stop}.
 */
final class Threads {
  private static final Logger log = LoggerFactory.getLogger(Threads.class);
  private static final long IDLE_SECONDS = 10;

  // The threads of this group's connections make workers: those must not count as a connection's.
  private final ThreadGroup home = Thread.currentThread().getThreadGroup();
  // One for all connections of the client: before JDK 19 a group is never forgotten by its parent.
  private final ThreadGroup sockets = new ThreadGroup(home, "prom-client-sockets");
  private final AtomicInteger number = new AtomicInteger();
  private final ThreadPoolExecutor workers =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> new Worker(this, task, "prom-client-worker-" + number.incrementAndGet()),
          (task, pool) -> {});
  private final ThreadPoolExecutor callback =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> new Worker(this, task, "prom-client-callback"),
          (task, pool) -> task.run());

  Threads() {
    callback.allowCoreThreadTimeOut(true);
  }

  /** Runs a task on a worker; drops it once stopped. */
  void work(Runnable task) {
    workers.execute(task);
  }

  void callBack(Runnable task) {
    callback.execute(task);
  }

  /** The same answer, completed where a user's code may hang on it. */
  <T> CompletableFuture<T> outward(CompletableFuture<T> answer) {
    CompletableFuture<T> outward = new CompletableFuture<>();
    var unused =
        answer.whenComplete(
            (value, failure) ->
                callBack(
                    () -> {
                      if (failure == null) {
                        outward.complete(value);
                      } else {
                        outward.completeExceptionally(failure);
                      }
                    }));
    return outward;
  }

  /** Whether the caller is one of these threads, and so must not wait for them. */
  boolean isCaller() {
    return Thread.currentThread() instanceof Worker worker && worker.owner == this;
  }

  /** Takes no more tasks; what runs or waits may end, unless {@code interrupt}. */
  void stop(boolean interrupt) {
    if (interrupt) {
      workers.shutdownNow();
    } else {
      workers.shutdown();
    }
    callback.shutdown();
  }

  ThreadGroup sockets() {
    return sockets;
  }

  /** Waits until the threads of all connections have ended; tells whether they have. */
  private boolean awaitSockets(long millis) throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Thread[] alive = new Thread[1];
    while (sockets.enumerate(alive) > 0) {
      long left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
      if (left <= 0) {
        return false;
      }
      alive[0].join(left);
    }
    return true;
  }

  /** Ends a connection that has not ended by itself in time. */
  void abortUnlessEnded(Socket socket, Duration patience) {
    try {
      if (!awaitSockets(patience.toMillis())) {
        socket.abort();
      }
    } catch (InterruptedException e) {
      socket.abort();
    }
  }

  /**
   * Waits, after {@link #stop}, until all of the client's threads have ended; after {@code grace}
   * handlers are interrupted. Tells whether the caller was interrupted, which interrupts the
   * handlers too.
   */
  boolean awaitAllEnded(Duration grace, Duration patience) {
    try {
      if (!awaitEnd(grace.toMillis())) {
        stop(true);
        if (!awaitEnd(patience.toMillis())) {
          log.warn("a handler or the token supplier runs on though its client is closed");
        }
      }
      if (!awaitSockets(patience.toMillis())) {
        log.warn("a thread of a connection runs on though its client is closed");
      }
      return false;
    } catch (InterruptedException e) {
      stop(true);
      return true;
    }
  }

  private boolean awaitEnd(long millis) throws InterruptedException {
    long start = System.nanoTime();
    if (!workers.awaitTermination(millis, TimeUnit.MILLISECONDS)) {
      return false;
    }
    long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    return callback.awaitTermination(Math.max(1, millis - spent), TimeUnit.MILLISECONDS);
  }

  private static final class Worker extends Thread {
    private final Threads owner;

    Worker(Threads owner, Runnable task, String name) {
      super(owner.home, task, name);
      this.owner = owner;
      setDaemon(true);
    }
  }
}
