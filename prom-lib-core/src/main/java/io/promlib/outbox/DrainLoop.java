package io.promlib.outbox;

import io.promlib.store.EventStore;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls the steps: at once while they get something done, else when woken, or at the interval. */
final class DrainLoop {
  private static final Logger LOG = LoggerFactory.getLogger(DrainLoop.class);
  private static final String THREAD = "prom-outbox-drain";
  private static final Duration CLEAN_AT_MOST = Duration.ofMinutes(1);
  private static final Duration CLEAN_AT_LEAST = Duration.ofSeconds(1);
  private static final int CLEANINGS = 10;

  /** The steps, each for one thread at a time. */
  interface Steps {
    DrainStep.Result drain();

    /** Whether there may be more to clean. */
    boolean clean();
  }

  private final DrainSettings settings;
  private final Steps steps;
  private final BooleanSupplier closing;
  private final Trouble trouble;
  private final Bell work = new Bell();

  /* Adds do not ring this one: a store that is away is not asked more often because of them. */
  private final Bell pause = new Bell();
  private final long cleanEvery;
  private long cleanAt;
  private EventStore.@Nullable Registration registration;
  private @Nullable Thread thread;

  DrainLoop(DrainSettings settings, Steps steps, BooleanSupplier closing) {
    this.settings = settings;
    this.steps = steps;
    this.closing = closing;
    this.trouble = new Trouble(settings.owner(), LOG, settings.timing());
    Duration part = settings.retention().dividedBy(CLEANINGS);
    this.cleanEvery =
        (part.compareTo(CLEAN_AT_MOST) > 0
                ? CLEAN_AT_MOST
                : part.compareTo(CLEAN_AT_LEAST) < 0 ? CLEAN_AT_LEAST : part)
            .toNanos();
  }

  void start() {
    cleanAt = settings.timing().nanos();
    registration = settings.store().onAdd(work::ring);
    Thread started = new Thread(this::run, THREAD);
    started.setDaemon(true);
    thread = started;
    started.start();
  }

  /** Has it end after the step that it is at; answers its thread, if it was started. */
  @Nullable Thread end() {
    if (registration != null) {
      registration.close();
    }
    work.ring();
    pause.ring();
    return thread;
  }

  private void run() {
    while (!closing.getAsBoolean()) {
      try {
        turn();
      } catch (InterruptedException e) {
        LOG.debug("interrupted; only closing ends a drainer", e);
      }
    }
  }

  private void turn() throws InterruptedException {
    DrainStep.Result result;
    try {
      result = steps.drain();
      if (settings.timing().nanos() - cleanAt >= 0 && !steps.clean()) {
        cleanAt = settings.timing().nanos() + cleanEvery;
      }
    } catch (RuntimeException | Error e) {
      if (!closing.getAsBoolean()) {
        settings.listener().onError(e);
        pause.await(settings.timing(), trouble.failed("the store", e));
      }
      return;
    }
    Throwable away = result.away();
    if (away != null) {
      pause.await(settings.timing(), trouble.failed("publishing", away));
      return;
    }
    trouble.over();
    if (!result.more() && !closing.getAsBoolean()) {
      work.await(settings.timing(), settings.interval());
    }
  }
}
