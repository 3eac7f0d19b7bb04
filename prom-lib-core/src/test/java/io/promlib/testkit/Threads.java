package io.promlib.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;

/** Work that several threads begin at once. */
final class Threads {
  private Threads() {}

  /**
   * Runs the work on so many threads, which get their number; returns when all ended, and fails if
   * one did.
   */
  static void together(int threads, IntConsumer work) {
    together(threads, 100, work);
  }

  /** The same, for work that may take so many seconds. */
  static void together(int threads, int seconds, IntConsumer work) {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch ready = new CountDownLatch(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        running.add(
            executor.submit(
                () -> {
                  ready.countDown();
                  ready.await();
                  work.accept(number);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get(seconds, TimeUnit.SECONDS);
      }
    } catch (ExecutionException e) {
      throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("a thread did not end within " + seconds + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    } finally {
      executor.shutdownNow();
    }
  }
}
