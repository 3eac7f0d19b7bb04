package io.promlib.ops;

import io.promlib.time.Timing;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs a server's exchanges on a bounded number of threads, and cuts those that take too long. */
final class Exchanges implements Executor {
  /*
   * The JDK's server reads a request, its header lines too, by blocking on the executor's thread. So an exchange begins
   * among the opening ones; when they are too many, the one that is at it the longest is cut: an honest client's lines
   * come in one piece. An interrupt closes the channel that the thread is blocked on. `ended` keeps it from a later
   * exchange on the same thread.
   */
  private final ExecutorService threads;
  private final Timing timing;
  private final OpsLimits limits;
  private final ConcurrentMap<Thread, Run> running = new ConcurrentHashMap<>();
  private final Set<Run> opening = new LinkedHashSet<>();

  Exchanges(Timing timing, OpsLimits limits) {
    this.timing = timing;
    this.limits = limits;
    // Three kinds at work, those that open, and as many that were cut and have not seen it yet.
    this.threads =
        new ThreadPoolExecutor(
            0,
            5 * limits.maxRequests(),
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Daemons.numbered("prom-ops-"));
  }

  /** What is not taken, the server closes. */
  @Override
  public void execute(Runnable exchange) {
    Run run = new Run(exchange);
    try {
      threads.execute(run);
    } catch (RejectedExecutionException e) {
      run.end();
      throw e;
    }
    Run oldest = null;
    synchronized (opening) {
      if (run.isOpening) {
        opening.add(run);
      }
      if (opening.size() > limits.maxRequests()) {
        Iterator<Run> all = opening.iterator();
        oldest = all.next();
        all.remove();
      }
    }
    if (oldest != null) {
      oldest.cut();
    }
  }

  /** This thread's exchange is read: only its whole time counts from now on. */
  void opened() {
    Run run = running.get(Thread.currentThread());
    if (run != null) {
      run.opened();
    }
  }

  void close() {
    threads.shutdownNow();
  }

  private final class Run implements Runnable {
    private final Runnable exchange;
    private final Timing.Alarm whole;
    private final Timing.Alarm header;
    private boolean isOpening = true;
    private @Nullable Thread thread;
    private boolean cut;
    private boolean ended;

    Run(Runnable exchange) {
      this.exchange = exchange;
      whole = timing.schedule(this::cut, limits.requestTime());
      header = timing.schedule(this::cut, limits.headerTime());
    }

    @Override
    public void run() {
      Thread own = Thread.currentThread();
      running.put(own, this);
      try {
        begin(own);
        exchange.run();
      } finally {
        running.remove(own);
        end();
      }
    }

    private synchronized void begin(Thread own) {
      thread = own;
      if (cut) {
        own.interrupt();
      }
    }

    synchronized void cut() {
      cut = true;
      if (thread != null && !ended) {
        thread.interrupt();
      }
    }

    void opened() {
      header.cancel();
      synchronized (opening) {
        isOpening = false;
        opening.remove(this);
      }
    }

    void end() {
      opened();
      whole.cancel();
      synchronized (this) {
        ended = true;
        // Whether it was set no longer matters: the thread may take another exchange.
        boolean unused = thread != null && Thread.interrupted();
      }
    }
  }
}
