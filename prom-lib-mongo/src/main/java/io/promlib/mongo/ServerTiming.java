package io.promlib.mongo;

import io.promlib.time.Timing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wall time of a server, so that all processes that use it have one: leases of one mean the
 * same to the others, however wrong their own clocks are. It is asked several times at the start
 * and every 30 s from then on, and reckoned from the monotonic clock in between: a local wall clock
 * that is wrong, or jumps, makes no difference. A question that fails leaves the reckoning as it
 * is.
 */
final class ServerTiming implements Timing {
  /*
   * An answer says: between the question and the answer, the server's clock showed this. Of several the one with the
   * shortest way counts, for it leaves the least room. As long as the reckoning lies within that room nothing says that
   * it is wrong, and it stays, so that noise of the network does not shake it; else it goes to the nearest time that the
   * answer allows.
   *
   * `anchor` is written by whoever refreshes, one at a time, and read by everybody: a pair of one server time and one
   * local monotonic time, replaced as a whole.
   */
  static final Duration EVERY = Duration.ofSeconds(30);
  private static final int QUESTIONS = 5;
  private static final Logger LOG = LoggerFactory.getLogger(ServerTiming.class);

  /**
   * At the local {@code nanos}, the server's clock showed this many nanoseconds since the epoch.
   */
  private record Anchor(long serverNanos, long nanos) {}

  /** That the server's time lay between these when the local clock showed {@code nanos}. */
  private record Answer(long earliest, long latest, long nanos) {
    long room() {
      return latest - earliest;
    }
  }

  private final Timing local;
  private final LongSupplier serverMillis;
  private final Executor worker;
  private final InstantSource wall = this::instant;
  private volatile Anchor anchor;
  private @Nullable Alarm alarm;
  private boolean closed;

  /**
   * Asks the server for its time, on the calling thread.
   *
   * @param serverMillis asks the server for its epoch milliseconds; may block and throw
   * @param worker where it is asked again, never more than one question at a time
   * @throws RuntimeException what {@code serverMillis} throws now
   */
  ServerTiming(Timing local, LongSupplier serverMillis, Executor worker) {
    this.local = local;
    this.serverMillis = serverMillis;
    this.worker = worker;
    Answer best = ask();
    this.anchor = new Anchor(best.earliest() + best.room() / 2, best.nanos());
    schedule();
  }

  @Override
  public InstantSource wall() {
    return wall;
  }

  @Override
  public long nanos() {
    return local.nanos();
  }

  @Override
  public Alarm schedule(Runnable task, Duration delay) {
    return local.schedule(task, delay);
  }

  @Override
  public long millis() {
    return Math.floorDiv(serverNanos(anchor, local.nanos()), 1_000_000L);
  }

  /** Asks no more. The clock that it was given stays the giver's to close. */
  @Override
  public synchronized void close() {
    closed = true;
    if (alarm != null) {
      alarm.cancel();
    }
  }

  private Instant instant() {
    long now = serverNanos(anchor, local.nanos());
    return Instant.ofEpochSecond(
        Math.floorDiv(now, 1_000_000_000L), Math.floorMod(now, 1_000_000_000L));
  }

  private static long serverNanos(Anchor from, long nanos) {
    return from.serverNanos() + (nanos - from.nanos());
  }

  private synchronized void schedule() {
    if (!closed) {
      alarm = local.schedule(this::wakeWorker, EVERY);
    }
  }

  private void wakeWorker() {
    try {
      worker.execute(this::refresh);
    } catch (RejectedExecutionException e) {
      LOG.debug("the server is not asked for its time any more, its worker has ended", e);
    }
  }

  private void refresh() {
    try {
      Answer best = ask();
      long reckoned = serverNanos(anchor, best.nanos());
      long corrected = Math.max(best.earliest(), Math.min(best.latest(), reckoned));
      anchor = new Anchor(corrected, best.nanos());
    } catch (RuntimeException e) {
      LOG.debug("the server's time is not known, reckoning goes on", e);
    } finally {
      schedule();
    }
  }

  private Answer ask() {
    Answer best = askOnce();
    for (int i = 1; i < QUESTIONS; i++) {
      Answer next = askOnce();
      best = next.room() < best.room() ? next : best;
    }
    return best;
  }

  /* The server's clock is told in whole milliseconds, so it may have been almost one more. */
  private Answer askOnce() {
    long asked = local.nanos();
    long told = serverMillis.getAsLong() * 1_000_000L;
    long answered = local.nanos();
    return new Answer(told, told + 999_999L + (answered - asked), answered);
  }
}
