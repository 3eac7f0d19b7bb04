package io.promlib.examples.process;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.examples.process.ProcessState.Status;
import io.promlib.state.StateView;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a state of each process from the heartbeats, and finds those that fell silent: the group
 * {@code process-projector} of {@link Topics#HEARTBEAT_RECEIVED}, publishing to {@link
 * Topics#PROCESS_STATE}. A heartbeat is acked when its state is published, so a crash may publish a
 * state twice and loses none.
 */
public final class Projector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Projector.class);

  public static final String GROUP = "process-projector";

  /** How long a process may be silent before it is stale. */
  public static final Duration STALE_AFTER = Duration.ofSeconds(15);

  /** How often that is looked for. */
  public static final Duration SCAN_EVERY = Duration.ofSeconds(5);

  /** How long a stale process is remembered; one that comes back later is as alive as any. */
  private static final Duration FORGET_AFTER = Duration.ofHours(1);

  private final EventBus bus;
  private final Timing timing;
  private final Map<String, ProcessState> states = new HashMap<>();
  private final Subscription subscription;
  private Timing.Alarm nextScan;
  private boolean closed;

  private Projector(EventBus bus, Timing timing) {
    this.bus = bus;
    this.timing = timing;
    try (StateView<ProcessState> known = StateView.open(bus, Topics.PROCESS_STATE)) {
      states.putAll(known.all());
    }
    nextScan = timing.schedule(this::scan, SCAN_EVERY);
    subscription =
        bus.subscribe(
            Topics.HEARTBEAT_RECEIVED,
            GROUP,
            SubscribeOptions.builder().startAt(StartAt.EARLIEST).build(),
            Handler.async(this::onHeartbeat));
  }

  /**
   * Starts with the states that it published before, so that a process which fell silent meanwhile
   * is found, and with the heartbeats that were not acked. Its work runs on the threads of the bus
   * and of {@code timing}.
   */
  public static Projector start(EventBus bus, Timing timing) {
    return new Projector(bus, timing);
  }

  private synchronized CompletionStage<?> onHeartbeat(Delivery<Heartbeat> delivery) {
    ProcessState state = ProcessState.of(delivery.payload(), delivery.record().at());
    states.put(state.processId(), state);
    return publish(state);
  }

  private synchronized void scan() {
    if (closed) {
      return;
    }
    long now = timing.millis();
    List<ProcessState> silent = new ArrayList<>();
    for (ProcessState state : states.values()) {
      if (state.status() == Status.ALIVE && now - state.lastSeenTs() > STALE_AFTER.toMillis()) {
        silent.add(state.stale());
      }
    }
    silent.forEach(this::turnStale);
    states.values().removeIf(state -> now - state.lastSeenTs() > FORGET_AFTER.toMillis());
    nextScan = timing.schedule(this::scan, SCAN_EVERY);
  }

  private void turnStale(ProcessState stale) {
    ProcessState before = states.put(stale.processId(), stale);
    try {
      CompletableFuture<?> unused =
          publish(stale)
              .exceptionally(
                  failed -> {
                    tryAgain(stale, before, failed);
                    return null;
                  });
    } catch (BusClosedException ended) {
      closed = true;
    }
  }

  /** What could not be published is as it was, so that the next scan finds it again. */
  private synchronized void tryAgain(
      ProcessState stale, @Nullable ProcessState before, Throwable failed) {
    log.warn("{} is stale, which could not be published: {}", stale.processId(), failed.toString());
    if (before != null) {
      states.replace(stale.processId(), stale, before);
    }
  }

  /**
   * Called in the order of the changes, which the lock keeps and publishes of one caller do too.
   */
  private CompletableFuture<Published> publish(ProcessState state) {
    return bus.publishAsync(
        Topics.PROCESS_STATE, state, PublishOptions.none().key(state.processId()));
  }

  /** Ends the group's subscription and the scan; the group stays where it stands. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      nextScan.cancel();
    }
    subscription.close();
  }
}
