package io.promlib.state;

import io.promlib.PromException;
import io.promlib.bus.internal.Wiring;
import io.promlib.store.Backoff;
import io.promlib.store.EventStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls a step whenever the topic grew, on the bus's workers, and again while it has more to do.
 */
final class Following {
  /*
   * IDLE: nobody is at it. RUNNING: a task is, or its alarm waits. AGAIN: as RUNNING, and the topic has grown since the
   * step began. Only who turns IDLE into RUNNING starts a task, and only a task whose step found nothing while the state
   * was RUNNING turns it back: so there is one task at most, and an append is followed by a step that began after it.
   *
   * Whoever leaves it RUNNING has a task accepted, or an alarm set, or has closed this; whatever a step or the workers
   * throw. Else it would stand still for ever, as appends take it for being at work.
   */
  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int AGAIN = 2;
  private static final Duration LATER = Duration.ofMillis(50);
  private static final Duration REFUSED = Duration.ofSeconds(1);

  /** What a step came to. */
  enum Step {
    /** There is more to do at once. */
    MORE,
    /** The store does not show yet what is known to be there. */
    LATER,
    NOTHING
  }

  private final Wiring wiring;
  private final String topic;
  private final Supplier<Step> step;
  private final Predicate<Throwable> ends;
  private final AtomicInteger state = new AtomicInteger(RUNNING);
  private final Backoff backoff = new Backoff(LATER, 2, Duration.ofSeconds(10), 0.2);
  private int failures;
  private EventStore.@Nullable Registration registration;
  private volatile boolean closed;

  /**
   * @param ends is told what a step, or the workers that refused one, threw; whether that is the
   *     end
   */
  Following(Wiring wiring, String topic, Supplier<Step> step, Predicate<Throwable> ends) {
    this.wiring = wiring;
    this.topic = topic;
    this.step = step;
    this.ends = ends;
  }

  /** Steps on this thread until that is enough, and then on the workers. */
  void open(BooleanSupplier enough) {
    Pause pause = new Pause();
    registration = wiring.events().onAppend(topic, this::grown);
    try {
      while (!enough.getAsBoolean()) {
        if (step.get() != Step.MORE && !enough.getAsBoolean()) {
          pause.await(wiring.timing(), LATER);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PromException("interrupted while " + topic + " was read", e);
    }
    execute();
  }

  private void grown() {
    if (state.getAndUpdate(now -> now == IDLE ? RUNNING : AGAIN) == IDLE) {
      execute();
    }
  }

  private void execute() {
    try {
      wiring.workers().execute(this::run);
    } catch (RuntimeException | Error e) {
      // Full for a moment, or no thread can be made now.
      failed(e, REFUSED);
    }
  }

  private void run() {
    while (!closed) {
      state.set(RUNNING);
      Step did;
      try {
        did = step.get();
        failures = 0;
      } catch (Throwable e) {
        failed(e, backoff.after(++failures, ThreadLocalRandom.current().nextDouble()));
        return;
      }
      if (did == Step.LATER) {
        again(LATER);
        return;
      }
      if (did == Step.NOTHING && state.compareAndSet(RUNNING, IDLE)) {
        return;
      }
    }
  }

  private void failed(Throwable e, Duration delay) {
    if (closed) {
      return;
    }
    if (ends.test(e)) {
      close();
    } else {
      again(delay);
    }
  }

  private void again(Duration delay) {
    Timing.Alarm unused = wiring.timing().schedule(this::execute, delay);
  }

  void close() {
    closed = true;
    EventStore.Registration known = registration;
    if (known != null) {
      known.close();
    }
  }
}
