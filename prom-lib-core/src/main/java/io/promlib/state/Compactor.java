package io.promlib.state;

import io.promlib.PromException;
import io.promlib.bus.EventBus;
import io.promlib.bus.internal.Wiring;
import io.promlib.state.CompactorRun.Outcome;
import io.promlib.store.Backoff;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the latest of every key of a topic in a snapshot topic, so that a reader starts warm
 * whatever the topic's length. It follows the topic as a group of its own, {@code compactor.} and
 * the SHA-256 of the snapshot topic's name, whose ack floor is the position up to which everything
 * is in the snapshots. Any number of compactors may run in any number of processes: one works at a
 * time, and a crash of it anywhere loses nothing, repeats nothing and leaves nothing old behind
 * something newer.
 *
 * <p>{@link #start()} has it work on a daemon thread of its own, {@code prom-compactor}, which
 * {@link #close()} ends. A host that has threads of its own calls {@link #runOnce()} instead.
 *
 * <pre>{@code
 * Compactor compactor = Compactor.builder(bus, "process.state").build().start();
 * }</pre>
 *
 * <p>It is closed before the bus or the stores are.
 */
public final class Compactor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
  private static final String THREAD = "prom-compactor";
  private static final long LAST_WAIT_MILLIS = 10_000;

  private final CompactorSettings settings;
  private final @Nullable Timing owned;
  private final ReentrantLock stepping = new ReentrantLock();
  private final CompactorStep step;
  private final Tombstones tombstones;
  private final LogCompaction log;
  private final Pause pause = new Pause();
  private @Nullable Thread thread;
  private volatile boolean closed;

  Compactor(CompactorSettings settings, @Nullable Timing owned) {
    this.settings = settings;
    this.owned = owned;
    this.step = new CompactorStep(settings);
    this.tombstones = new Tombstones(settings);
    this.log = new LogCompaction(settings);
  }

  /** Compacts a topic of this bus, with its clock. */
  public static CompactorBuilder builder(EventBus bus, String topic) {
    Wiring wiring = Wiring.of(bus);
    return new CompactorBuilder(wiring.events(), wiring.groups(), topic).timing(wiring.timing());
  }

  /** Compacts a topic in these stores. */
  public static CompactorBuilder builder(EventStore events, GroupStore groups, String topic) {
    return new CompactorBuilder(events, groups, topic);
  }

  /**
   * Begins to work in the background: until everything is in the snapshots, then again when the
   * interval has passed since the last run of any process.
   */
  public synchronized Compactor start() {
    requireOpen();
    if (thread != null) {
      throw new IllegalStateException("the compactor of " + topic() + " was started before");
    }
    Thread started = new Thread(this::loop, THREAD);
    started.setDaemon(true);
    thread = started;
    started.start();
    return this;
  }

  /**
   * One run on the calling thread: claims, reads a bounded stretch of the topic, publishes what
   * changed, moves the floor; then a bounded part of what else goes, old tombstones and, if so
   * built, superseded events.
   *
   * @throws io.promlib.PromException if a store cannot be reached; trying again is safe
   * @throws io.promlib.bus.GroupMismatchException if the snapshots were made with another keySource
   *     or other keys
   * @throws io.promlib.bus.TopicFullException if the snapshot topic has no room for every key
   */
  public CompactorRun runOnce() {
    if (stepping.isHeldByCurrentThread()) {
      throw new IllegalStateException("a compactor cannot be run by what it calls");
    }
    stepping.lock();
    try {
      requireOpen();
      CompactorRun run = step.run();
      boolean sweepsMore = tombstones.sweep(settings.now());
      boolean compactsMore = settings.compactLog() && log.step(run.floor(), settings.now());
      boolean more = run.more() || sweepsMore || compactsMore;
      CompactorRun told =
          new CompactorRun(run.outcome(), run.events(), run.snapshots(), run.floor(), more);
      if (run.outcome() == Outcome.DONE || run.outcome() == Outcome.LOST) {
        settings.listener().onRun(told);
      }
      return told;
    } finally {
      stepping.unlock();
    }
  }

  /**
   * Runs on the calling thread until nothing is left to do, or another process is at it; the last
   * run.
   */
  public CompactorRun runToEnd() {
    CompactorRun run = runOnce();
    while (run.more()) {
      run = runOnce();
    }
    return run;
  }

  /** The position up to which everything is in the snapshots. */
  public long floor() {
    requireOpen();
    return step.floor();
  }

  /** What it compacts, for those who read it. */
  public StateSource source() {
    return settings.source();
  }

  /** Ends the thread, after the run that it is at. Idempotent, and throws nothing. */
  @Override
  public void close() {
    Thread running;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      running = thread;
    }
    pause.ring();
    try {
      if (running != null && running != Thread.currentThread()) {
        running.join(LAST_WAIT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (owned != null) {
        owned.close();
      }
    }
  }

  private void loop() {
    Backoff backoff = new Backoff(Duration.ofMillis(500), 2, Duration.ofMinutes(1), 0.2);
    int failures = 0;
    while (!closed) {
      Duration wait;
      try {
        wait = turn();
        failures = 0;
      } catch (Throwable e) {
        if (closed) {
          return;
        }
        wait = backoff.after(++failures, ThreadLocalRandom.current().nextDouble());
        LOG.warn("compacting {} failed, trying again in {}", topic(), wait, e);
        settings.listener().onError(told(e));
      }
      try {
        if (!wait.isZero()) {
          pause.await(settings.timing(), wait);
        }
      } catch (InterruptedException e) {
        LOG.debug("interrupted; only closing ends a compactor", e);
      }
    }
  }

  private RuntimeException told(Throwable e) {
    return e instanceof RuntimeException known
        ? known
        : new PromException("compacting " + topic() + " failed: " + e, e);
  }

  /** Runs if it is time, and tells how long to wait until it is again. */
  private Duration turn() {
    long last = step.lastRun();
    long since = last == Long.MIN_VALUE ? Long.MAX_VALUE : settings.now() - last;
    long every = settings.interval().toMillis();
    if (since >= 0 && since < every) {
      return Duration.ofMillis(every - since);
    }
    boolean more = true;
    while (more && !closed) {
      more = runOnce().more();
    }
    return settings.interval();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the compactor of " + topic() + " is closed");
    }
  }

  private String topic() {
    return settings.source().topic();
  }
}
