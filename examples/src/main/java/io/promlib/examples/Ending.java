package io.promlib.examples;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * When a program ends: when its time is over, or on Ctrl-C and SIGTERM. The process then waits, up
 * to ten seconds, until {@link #close()} says that everything is closed.
 */
public final class Ending implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "ending");

  public Ending() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void onSignal() {
    asked.countDown();
    try {
      closed.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the end; {@code seconds} 0 means no limit of time. */
  public void await(int seconds) throws InterruptedException {
    if (seconds == 0) {
      asked.await();
    } else {
      asked.await(seconds, TimeUnit.SECONDS);
    }
  }

  @Override
  public void close() {
    closed.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook runs already, and now returns.
    }
  }
}
