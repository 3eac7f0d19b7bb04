package io.promlib.mongo;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that notice appends of other processes: {@code prom-mongo-stream} and {@code
 * prom-mongo-poll}, daemons both. They start with the first listener and end with {@link #close()}.
 */
final class WakeUps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WakeUps.class);
  private static final long CLOSED_WITHIN = TimeUnit.SECONDS.toMillis(5);
  private static final long STREAM_AGAIN = TimeUnit.SECONDS.toNanos(2);

  private final WakeUp ways;
  private final Poller poller;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /* Guarded by the lock. */
  private @Nullable Thread pollThread;
  private @Nullable Thread streamThread;
  private boolean pollNow;

  private volatile boolean closed;

  WakeUps(WakeUp ways, Poller poller) {
    this.ways = ways;
    this.poller = poller;
  }

  /** Somebody listens who did not before. */
  void listening(StreamWatch stream) {
    if (ways == WakeUp.NONE) {
      return;
    }
    lock.lock();
    try {
      if (closed) {
        return;
      }
      pollNow = true;
      changed.signalAll();
      if (pollThread == null) {
        pollThread = started("prom-mongo-poll", () -> poll(stream));
        if (ways == WakeUp.STREAM_AND_POLLING) {
          streamThread = started("prom-mongo-stream", () -> watch(stream));
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private static Thread started(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void poll(StreamWatch stream) {
    Pace pace = new Pace();
    boolean failing = false;
    while (!closed) {
      long wait;
      try {
        wait = pace.after(poller.pollOnce(), stream.isAlive());
        failing = false;
      } catch (Throwable e) {
        // An Error too: without this thread nobody hears of others any more.
        if (!failing && !closed) {
          LOG.warn("topics cannot be polled at the moment; it is tried again", e);
        }
        failing = true;
        wait = Pace.AFTER_FAILURE;
      }
      await(wait, true);
    }
  }

  private void watch(StreamWatch stream) {
    while (!closed && stream.isPossible()) {
      if (!stream.step()) {
        // The poller has slept long beside the stream, and what the stream missed waits.
        pollNow();
        await(STREAM_AGAIN, false);
      }
    }
    if (!closed) {
      LOG.info("this server has no change streams for us; appends of others are found by polling");
    }
    stream.end();
  }

  /** Has the poller look at once: a stream that begins shows nothing that was before. */
  void pollNow() {
    lock.lock();
    try {
      pollNow = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void await(long nanos, boolean polling) {
    lock.lock();
    try {
      long left = nanos;
      while (!closed && left > 0 && !(polling && pollNow)) {
        left = changed.awaitNanos(left);
      }
      if (polling) {
        pollNow = false;
      }
    } catch (InterruptedException e) {
      // Only close() interrupts.
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Ends both threads, waiting for them a bounded time. Idempotent. */
  @Override
  public void close() {
    Thread polling;
    Thread watching;
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      polling = pollThread;
      watching = streamThread;
    } finally {
      lock.unlock();
    }
    end(polling);
    end(watching);
  }

  private static void end(@Nullable Thread thread) {
    if (thread == null || thread == Thread.currentThread()) {
      return;
    }
    thread.interrupt();
    try {
      thread.join(CLOSED_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
