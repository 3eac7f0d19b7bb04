package io.promlib.bus;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.internal.Bus;
import io.promlib.bus.internal.SafeListener;
import io.promlib.bus.internal.Wiring;
import io.promlib.bus.internal.Workers;
import io.promlib.event.Ids;
import io.promlib.event.Json;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * Puts a bus together; what is not given is the default. Stores and timing that are given stay the
 * host's to close, unless they are handed over with {@link #closing}.
 */
public final class EventBusBuilder {
  private static final Duration UPKEEP = Duration.ofSeconds(1);
  private static final Duration UPKEEP_SHARED = Duration.ofSeconds(10);

  private @Nullable EventStore events;
  private @Nullable GroupStore groups;
  private @Nullable Timing timing;
  private @Nullable Executor workers;
  private ObjectMapper mapper = Json.mapper();
  private final List<BusListener> listeners = new ArrayList<>();
  private int maxEventBytes = 1 << 20;
  private Duration closeGrace = Duration.ofSeconds(10);
  private Duration claimLease = Duration.ofSeconds(30);
  private Duration blockAtMost = Duration.ofSeconds(30);
  private Duration ackDelay = Duration.ZERO;

  private final List<AutoCloseable> closing = new ArrayList<>();

  EventBusBuilder() {}

  /**
   * Default: in memory, with the defaults of {@link InMemoryEventStore} and {@link
   * InMemoryGroupStore}.
   */
  public EventBusBuilder stores(EventStore eventStore, GroupStore groupStore) {
    events = eventStore;
    groups = groupStore;
    return this;
  }

  /** Default: the machine's clocks. */
  public EventBusBuilder timing(Timing clock) {
    timing = clock;
    return this;
  }

  /**
   * Where handlers run; it must start each task without waiting for another. Default: the bus's own
   * threads.
   */
  public EventBusBuilder workers(Executor executor) {
    workers = executor;
    return this;
  }

  /** Reads and writes payloads. */
  public EventBusBuilder mapper(ObjectMapper json) {
    mapper = json;
    return this;
  }

  /** Adds one that hears what the bus does, after those given before. */
  public EventBusBuilder listener(BusListener hears) {
    listeners.add(hears);
    return this;
  }

  /**
   * The largest payload, in bytes of JSON; default 1 MiB. The bus's own topics allow 64 KiB more.
   */
  public EventBusBuilder maxEventBytes(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("maxEventBytes must be at least 1, is " + bytes);
    }
    maxEventBytes = bytes;
    return this;
  }

  /** How long {@link EventBus#close()} waits for running handlers; default 10 s. */
  public EventBusBuilder closeGrace(Duration grace) {
    closeGrace = positive("closeGrace", grace);
    return this;
  }

  /**
   * How long a process that died keeps its claims from others; default 30 s. Renewed every third of
   * it.
   */
  public EventBusBuilder claimLease(Duration lease) {
    claimLease = positive("claimLease", lease);
    return this;
  }

  /** How long a publisher waits for room in a topic of {@code Overflow.BLOCK}; default 30 s. */
  public EventBusBuilder blockAtMost(Duration wait) {
    blockAtMost = positive("blockAtMost", wait);
    return this;
  }

  /**
   * Hands these over: {@link EventBus#close()} closes them last, one after another in this order;
   * what one throws is logged.
   */
  public EventBusBuilder closing(AutoCloseable... resources) {
    closing.addAll(List.of(resources));
    return this;
  }

  /**
   * How long an ack may wait to be written together with others; default zero: each is written at
   * once. A crash delivers again what was acked and not written. Acks that somebody waits for
   * ({@code ackDurably}) do not wait, nor do those before a close.
   */
  public EventBusBuilder ackDelay(Duration delay) {
    if (delay.isNegative()) {
      throw new IllegalArgumentException("ackDelay must not be negative, is " + delay);
    }
    ackDelay = delay;
    return this;
  }

  public EventBus build() {
    List<Wiring.Owned> owned = new ArrayList<>();
    Executor handlers = workers;
    if (handlers == null) {
      ExecutorService own = Workers.start();
      owned.add(own::shutdownNow);
      handlers = own;
    }
    Timing clock = timing;
    if (clock == null) {
      clock = Timing.system();
      owned.add(clock::close);
    }
    EventStore eventStore = events;
    GroupStore groupStore = groups;
    if (eventStore == null || groupStore == null) {
      eventStore = new InMemoryEventStore();
      groupStore = new InMemoryGroupStore();
      owned.add(eventStore::close);
      owned.add(groupStore::close);
    }
    closing.forEach(resource -> owned.add(Wiring.Owned.of(resource)));
    return new Bus(
        new Wiring(
            eventStore,
            groupStore,
            clock,
            handlers,
            mapper,
            listeners.isEmpty() ? BusListener.NONE : new SafeListener(List.copyOf(listeners)),
            events != null,
            "bus-" + Ids.next(clock.millis()),
            maxEventBytes,
            closeGrace,
            claimLease,
            blockAtMost,
            ackDelay,
            events != null ? UPKEEP_SHARED : UPKEEP,
            owned));
  }

  private static Duration positive(String what, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(what + " must be positive, is " + value);
    }
    return value;
  }
}
