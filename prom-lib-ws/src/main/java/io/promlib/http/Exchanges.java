package io.promlib.http;

import io.promlib.time.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs a server's exchanges, a thread for each, and cuts those that take too long. */
final class Exchanges implements Executor {
  /*
   * The JDK's server reads a request, its header lines too, by blocking on the executor's thread, and tells nobody whose
   * connection it is before the lines are complete. So an exchange begins among those that wait for their peer; when
   * they are too many, the one that waits longest is cut. An honest client's lines come in one piece, so it is not
   * among them for long, whatever others do. It leaves them when it is admitted, which others count, and is back among
   * them when it was refused and its peer may read why.
   *
   * An interrupt closes the channel that a thread is blocked on, in whichever of reading, publishing and answering it
   * is, and the next one that it would block on. `ended` keeps the interrupt from a later exchange on the thread. What
   * was cut is still alive until its thread saw it, so those too are bounded: the server closes what is not taken.
   */
  private final ExecutorService threads;
  private final Timing timing;
  private final HttpLimits limits;
  private final int mostAlive;
  private final AtomicInteger alive = new AtomicInteger();
  private final ConcurrentMap<Thread, Run> running = new ConcurrentHashMap<>();
  private final Set<Run> waiting = new LinkedHashSet<>();

  Exchanges(ExecutorService threads, Timing timing, HttpLimits limits) {
    this.threads = threads;
    this.timing = timing;
    this.limits = limits;
    mostAlive = 2 * limits.maxOpening() + limits.maxRequests();
  }

  @Override
  public void execute(Runnable exchange) {
    if (alive.incrementAndGet() > mostAlive) {
      alive.decrementAndGet();
      throw new RejectedExecutionException("too many exchanges");
    }
    Run run = new Run(exchange);
    await(run);
    try {
      threads.execute(run);
    } catch (RuntimeException | Error e) {
      run.end();
      throw e;
    }
  }

  /** Exchanges that have a thread, those of cut connections included. */
  int alive() {
    return alive.get();
  }

  /** The exchange of this thread is at work: only its whole time counts from now on. */
  void admitted() {
    Run run = running.get(Thread.currentThread());
    if (run != null) {
      run.admitted();
    }
  }

  /**
   * The exchange of this thread is to be answered and ended; its peer has the header time again.
   */
  void refused() {
    Run run = running.get(Thread.currentThread());
    if (run != null) {
      run.refused();
    }
  }

  /**
   * Makes the answer of this thread's exchange a stream: it may take any time as a whole, and each
   * step of it so long.
   */
  Stream stream(Duration patience) {
    Run run = running.get(Thread.currentThread());
    if (run == null) {
      throw new IllegalStateException("no exchange is run by this thread");
    }
    run.whole.cancel();
    return new Stream(run, patience);
  }

  /** An answer of any length. */
  final class Stream {
    private final Run run;
    private final Duration patience;

    private Stream(Run run, Duration patience) {
      this.run = run;
      this.patience = patience;
    }

    /** Cuts the connection if the step takes too long. */
    void patiently(Step step) throws IOException {
      Timing.Alarm alarm = timing.schedule(run::cut, patience);
      try {
        step.run();
      } finally {
        alarm.cancel();
      }
    }

    /** Cuts the connection, so that nobody takes the answer for complete. */
    void cut() {
      run.cut();
    }
  }

  /** Something that waits for the peer. */
  interface Step {
    void run() throws IOException;
  }

  private void await(Run run) {
    Run oldest = null;
    synchronized (waiting) {
      waiting.add(run);
      if (waiting.size() > limits.maxOpening()) {
        Iterator<Run> all = waiting.iterator();
        oldest = all.next();
        all.remove();
      }
    }
    if (oldest != null) {
      oldest.cut();
    }
  }

  private void leave(Run run) {
    synchronized (waiting) {
      waiting.remove(run);
    }
  }

  private final class Run implements Runnable {
    private final Runnable exchange;
    private final Timing.Alarm whole;
    private Timing.Alarm patience;
    private @Nullable Thread thread;
    private boolean cut;
    private boolean ended;

    Run(Runnable exchange) {
      this.exchange = exchange;
      whole = timing.schedule(this::cut, limits.requestTime());
      patience = timing.schedule(this::cut, limits.headerTime());
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

    void admitted() {
      patience.cancel();
      leave(this);
    }

    void refused() {
      patience.cancel();
      patience = timing.schedule(this::cut, limits.headerTime());
      leave(this);
      await(this);
    }

    void end() {
      leave(this);
      whole.cancel();
      patience.cancel();
      synchronized (this) {
        ended = true;
        // Whether it was set no longer matters: the thread may take another exchange.
        boolean unused = thread != null && Thread.interrupted();
      }
      alive.decrementAndGet();
    }
  }
}
