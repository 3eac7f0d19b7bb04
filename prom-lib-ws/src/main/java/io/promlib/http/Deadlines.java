package io.promlib.http;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.Executor;

/** Runs a server's exchanges on a pool and interrupts those that take too long. */
final class Deadlines implements Executor {
  /*
   * The JDK's server reads a request, its header lines too, by blocking on the executor's thread, so a peer that sends a
   * byte now and then would keep a thread for good. An interrupt closes the channel that the thread is blocked on, in
   * whichever of reading, publishing and answering it is. `running` keeps the interrupt from a later exchange.
   */
  private final Executor pool;
  private final Timing timing;
  private final Duration limit;

  Deadlines(Executor pool, Timing timing, Duration limit) {
    this.pool = pool;
    this.timing = timing;
    this.limit = limit;
  }

  @Override
  public void execute(Runnable exchange) {
    pool.execute(() -> new Run().run(exchange));
  }

  private final class Run {
    private final Thread thread = Thread.currentThread();
    private boolean running = true;

    void run(Runnable exchange) {
      Timing.Alarm alarm = timing.schedule(this::interrupt, limit);
      try {
        exchange.run();
      } finally {
        alarm.cancel();
        end();
      }
    }

    private synchronized void interrupt() {
      if (running) {
        thread.interrupt();
      }
    }

    private synchronized void end() {
      running = false;
      // Whether it was set no longer matters: the thread goes back to the pool.
      boolean unused = Thread.interrupted();
    }
  }
}
