package io.promlib.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that run a user's code: workers for handlers, as many as handlers run, and one for
 * answers and listeners, which so come in order. Both kinds end after ten idle seconds, and with
 * {@link #stop}.
 */
final class Threads {
  private static final long IDLE_SECONDS = 10;

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

  boolean awaitEnd(long millis) throws InterruptedException {
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
      super(task, name);
      this.owner = owner;
      setDaemon(true);
    }
  }
}
