package io.promlib.examples.process;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.Delivery;
import io.promlib.bus.EventBus;
import io.promlib.bus.Handler;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.examples.process.ProcessState.Status;
import io.promlib.state.StateView;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a state of each process from the heartbeats, and finds those that fell silent: the group
 * {@code process-projector} of {@link Topics#HEARTBEAT_RECEIVED}, publishing to {@link
 * Topics#PROCESS_STATE}. A heartbeat is acked when its state is published, so a crash may publish a
 * state twice and loses none. A process that is silent for {@code FORGET_AFTER} is forgotten: a
 * tombstone takes its key out of the topic.
 */
public final class Projector implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Projector.class);

  public static final String GROUP = "process-projector";

  /** How long a process may be silent before it is stale. */
  public static final Duration STALE_AFTER = Duration.ofSeconds(15);

  /** How often that is looked for. */
  public static final Duration SCAN_EVERY = Duration.ofSeconds(5);

  /** How long a stale process is remembered; one that comes back later is as alive as any. */
  static final Duration FORGET_AFTER = Duration.ofHours(1);

  private final EventBus bus;
  private final Timing timing;
  private final Map<String, ProcessState> states = new HashMap<>();
  // Whose last publish by a scan has no answer.
  private final Set<String> unconfirmed = new HashSet<>();
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
    CompletableFuture<Published> published = publish(state);
    states.put(state.processId(), state);
    return published;
  }

  private synchronized void scan() {
    if (closed) {
      return;
    }
    try {
      List.copyOf(states.values()).forEach(this::look);
    } finally {
      if (!closed) {
        nextScan = timing.schedule(this::scan, SCAN_EVERY);
      }
    }
  }

  private void look(ProcessState state) {
    long silent = timing.millis() - state.lastSeenTs();
    try {
      if (state.status() == Status.ALIVE && silent > STALE_AFTER.toMillis()) {
        turnStale(state);
      } else if (state.status() == Status.STALE
          && silent > FORGET_AFTER.toMillis()
          && !unconfirmed.contains(state.processId())) {
        forget(state);
      }
    } catch (BusClosedException ended) {
      closed = true;
    } catch (RuntimeException failed) {
      warn(state, failed);
    }
  }

  private void turnStale(ProcessState alive) {
    ProcessState stale = alive.stale();
    CompletableFuture<Published> published = publish(stale);
    states.put(stale.processId(), stale);
    // What could not be published is as it was, so that the next scan finds it again.
    whenSettled(stale, published, () -> {}, () -> states.replace(stale.processId(), stale, alive));
  }

  /** A tombstone takes the key out of the topic; who beats again meanwhile stays. */
  private void forget(ProcessState stale) {
    String key = stale.processId();
    CompletableFuture<Published> published =
        bus.publishAsync(
            Topic.raw(Topics.PROCESS_STATE.name()),
            Payload.NULL.tree(),
            PublishOptions.none().key(key));
    whenSettled(stale, published, () -> states.remove(key, stale), () -> {});
  }

  private void whenSettled(
      ProcessState state, CompletableFuture<Published> published, Runnable done, Runnable undo) {
    unconfirmed.add(state.processId());
    CompletableFuture<?> unused =
        published.whenComplete((answer, failed) -> settled(state, failed, done, undo));
  }

  private synchronized void settled(
      ProcessState state, @Nullable Throwable failed, Runnable done, Runnable undo) {
    unconfirmed.remove(state.processId());
    if (failed == null) {
      done.run();
    } else {
      warn(state, failed);
      undo.run();
    }
  }

  private static void warn(ProcessState state, Throwable failed) {
    log.warn(
        "{} is silent, which could not be published: {}", state.processId(), failed.toString());
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
