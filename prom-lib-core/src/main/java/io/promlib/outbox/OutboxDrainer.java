package io.promlib.outbox;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the records of an outbox: claims a batch, publishes it, and marks it in one write. Any
 * number of drainers may work on one outbox, in one process or many. Each record is published at
 * least once, and to a bus exactly once, as the topic knows its id; those of one topic and key go
 * in their order, and one that fails holds back those behind it and nothing else.
 *
 * <p>{@link #start()} has it work on daemon threads of its own, {@code prom-outbox-drain} and
 * {@code prom-outbox-lease} (and {@code prom-timer}, unless timing was given), which {@link
 * #close()} ends. A host that has threads of its own calls {@link #drainOnce()} and {@link
 * #cleanOnce()} instead.
 *
 * <pre>{@code
 * OutboxDrainer drainer = OutboxDrainer.builder(store).to(bus).build().start();
 * }</pre>
 */
public final class OutboxDrainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxDrainer.class);
  private static final long LAST_WAIT_MILLIS = 1000;

  private final DrainSettings settings;
  private final boolean ownsTiming;
  private final ReentrantLock stepping = new ReentrantLock();
  private final LeaseKeeper keeper;
  private final DrainStep step;
  private final DrainLoop loop;
  private boolean started;
  private volatile boolean closing;

  OutboxDrainer(DrainSettings settings, boolean ownsTiming) {
    this.settings = settings;
    this.ownsTiming = ownsTiming;
    this.keeper = new LeaseKeeper(settings.timing());
    this.step = new DrainStep(settings, keeper, () -> closing);
    this.loop = new DrainLoop(settings, new Steps(), () -> closing);
  }

  /** Drains this store, which stays the host's to close, after the drainer. */
  public static OutboxDrainerBuilder builder(OutboxStore store) {
    return new OutboxDrainerBuilder(store);
  }

  /** Begins to drain in the background. */
  public synchronized OutboxDrainer start() {
    requireOpen();
    if (started) {
      throw new IllegalStateException("the drainer " + settings.owner() + " was started before");
    }
    started = true;
    keeper.start();
    loop.start();
    return this;
  }

  /**
   * Claims, publishes and marks one batch, on the calling thread; waits for another that is under
   * way. Without {@link #start()} a batch's lease is renewed between two publishes only.
   *
   * @return how many records it dealt with, failed ones among them; 0: there is nothing to do now
   * @throws io.promlib.PromException if the store cannot be reached; what was published and not
   *     marked is marked by the next call, or published again when its lease has ended
   */
  public int drainOnce() {
    return drain().records();
  }

  /**
   * Removes sent records whose retention is over, at most a thousand; whether there may be more.
   *
   * @throws io.promlib.PromException if the store cannot be reached
   */
  public boolean cleanOnce() {
    requireOpen();
    return step.clean();
  }

  /** The name under which it claims. */
  public String owner() {
    return settings.owner();
  }

  /**
   * Claims nothing more, waits for the publish under way up to the grace period, marks what was
   * published, hands back the rest of the batch, uncounted, and ends its threads. Idempotent, and
   * throws nothing. Called by what the drainer calls, it does not wait.
   */
  @Override
  public void close() {
    Thread draining;
    synchronized (this) {
      if (closing) {
        return;
      }
      closing = true;
      draining = loop.end();
    }
    Thread current = Thread.currentThread();
    if (stepping.isHeldByCurrentThread() || current == draining || keeper.isRunBy(current)) {
      release();
      return;
    }
    try {
      finish(draining);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      release();
    }
  }

  private void finish(@Nullable Thread draining) throws InterruptedException {
    boolean mine = stepping.tryLock(settings.closeGrace().toNanos(), TimeUnit.NANOSECONDS);
    if (!mine) {
      LOG.warn(
          "outbox drainer {}: a publish did not end within {} and is interrupted; its records are"
              + " published again when their lease ends, or by another drainer",
          settings.owner(),
          settings.closeGrace());
      if (draining != null) {
        draining.interrupt();
      }
      mine = stepping.tryLock(LAST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (mine) {
      try {
        step.settleAgain();
      } catch (RuntimeException e) {
        LOG.warn(
            "outbox drainer {}: what was published last could not be marked and is published again"
                + " when its lease ends",
            settings.owner(),
            e);
      } finally {
        stepping.unlock();
      }
    }
    if (draining != null) {
      draining.join(LAST_WAIT_MILLIS);
    }
    Thread renewing = keeper.end();
    if (renewing != null) {
      renewing.join(LAST_WAIT_MILLIS);
    }
  }

  private void release() {
    keeper.end();
    if (ownsTiming) {
      settings.timing().close();
    }
  }

  private DrainStep.Result drain() {
    if (stepping.isHeldByCurrentThread()) {
      throw new IllegalStateException("a drainer cannot be stepped by what it calls");
    }
    stepping.lock();
    try {
      requireOpen();
      return step.drain();
    } finally {
      stepping.unlock();
    }
  }

  private void requireOpen() {
    if (closing) {
      throw new IllegalStateException("the drainer " + settings.owner() + " is closed");
    }
  }

  private final class Steps implements DrainLoop.Steps {
    @Override
    public DrainStep.Result drain() {
      return OutboxDrainer.this.drain();
    }

    @Override
    public boolean clean() {
      return cleanOnce();
    }
  }
}
