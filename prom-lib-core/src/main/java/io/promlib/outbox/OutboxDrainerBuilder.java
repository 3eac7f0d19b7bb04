package io.promlib.outbox;

import io.promlib.bus.EventBus;
import io.promlib.store.Backoff;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts an {@link OutboxDrainer} together; what is not given is the default. Where it publishes to
 * must be given: {@link #to(EventBus)}, {@link #to(OutboxTarget)} or {@link #each}. Store, target
 * and a timing that is given stay the host's to close.
 */
public final class OutboxDrainerBuilder {
  private static final int MOST_AT_ONCE = 10_000;
  private static final int MOST_OWNER = 200;
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration CENTURY = Duration.ofDays(36_500);

  private final OutboxStore store;
  private @Nullable OutboxTarget target;
  private boolean oneByOne;
  private int batchSize = 100;
  private Duration lease = Duration.ofSeconds(30);
  private Duration interval = Duration.ofMillis(250);
  private String owner = "drainer-" + UUID.randomUUID();
  private int maxAttempts = 10;
  private Backoff backoff = new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0.2);
  private Duration retention = DAY;
  private Duration closeGrace = Duration.ofSeconds(10);
  private final List<OutboxListener> listeners = new ArrayList<>();
  private @Nullable Timing timing;

  OutboxDrainerBuilder(OutboxStore store) {
    this.store = store;
  }

  /**
   * Publishes to a bus, a batch's records of one topic in one append, each under its own id. What
   * the bus refuses, the topics that are its own among it, rests as {@code ERROR}.
   */
  public OutboxDrainerBuilder to(EventBus bus) {
    return to(OutboxTarget.of(bus));
  }

  /** Publishes wherever the host likes, a batch's records of one topic in one call. */
  public OutboxDrainerBuilder to(OutboxTarget publishes) {
    target = publishes;
    oneByOne = false;
    return this;
  }

  /** Publishes wherever the host likes, record by record. */
  public OutboxDrainerBuilder each(OutboxTarget.Each publishes) {
    target = records -> publishes.publish(records.get(0));
    oneByOne = true;
    return this;
  }

  /** The most records of a batch; default 100, at most 10 000. */
  public OutboxDrainerBuilder batchSize(int records) {
    if (records < 1 || records > MOST_AT_ONCE) {
      throw new IllegalArgumentException(
          "batchSize must be from 1 to " + MOST_AT_ONCE + ", is " + records);
    }
    batchSize = records;
    return this;
  }

  /**
   * How long a drainer that died keeps its batch from others; default 30 s, at most a day. Renewed
   * when a third of it has passed.
   */
  public OutboxDrainerBuilder lease(Duration duration) {
    lease = positive("lease", duration);
    return this;
  }

  /**
   * How often it looks for records that nothing told it of; default 250 ms, at most a day. What is
   * added through the same store instance is noticed at once.
   */
  public OutboxDrainerBuilder interval(Duration poll) {
    interval = positive("interval", poll);
    return this;
  }

  /** Names it, for people; 1 to 200 characters. Default {@code drainer-} and something random. */
  public OutboxDrainerBuilder owner(String name) {
    if (name.isEmpty() || name.length() > MOST_OWNER) {
      throw new IllegalArgumentException(
          "owner must have 1 to " + MOST_OWNER + " characters, has " + name.length());
    }
    owner = name;
    return this;
  }

  /** How often a record may fail before it rests as {@code ERROR}; default 10. */
  public OutboxDrainerBuilder maxAttempts(int attempts) {
    if (attempts < 1) {
      throw new IllegalArgumentException("maxAttempts must be at least 1, is " + attempts);
    }
    maxAttempts = attempts;
    return this;
  }

  /**
   * How long a record that failed waits; default a second, doubling to a minute, up to a fifth less
   * by chance.
   */
  public OutboxDrainerBuilder backoff(Backoff wait) {
    backoff = wait;
    return this;
  }

  /** How long sent records are kept; default 24 h; zero: until the next clean-up. */
  public OutboxDrainerBuilder retention(Duration duration) {
    if (duration.isNegative() || duration.compareTo(CENTURY) > 0) {
      throw new IllegalArgumentException(
          "retention must not be negative nor longer than 36500 days, is " + duration);
    }
    retention = duration;
    return this;
  }

  /** How long {@link OutboxDrainer#close()} waits for a publish under way; default 10 s. */
  public OutboxDrainerBuilder closeGrace(Duration grace) {
    closeGrace = positive("closeGrace", grace);
    return this;
  }

  /** Adds one that hears what the drainer does, after those given before. */
  public OutboxDrainerBuilder listener(OutboxListener hears) {
    listeners.add(hears);
    return this;
  }

  /** Default: the machine's clocks. */
  public OutboxDrainerBuilder timing(Timing clock) {
    timing = clock;
    return this;
  }

  /**
   * A drainer that does nothing until it is started, or stepped.
   *
   * @throws IllegalStateException if it was not said where to publish to
   */
  public OutboxDrainer build() {
    OutboxTarget publishes = target;
    if (publishes == null) {
      throw new IllegalStateException(
          "nothing says where to publish to: call to(bus), to(target) or each(function)");
    }
    Timing clock = timing;
    return new OutboxDrainer(
        new DrainSettings(
            store,
            publishes,
            oneByOne,
            batchSize,
            lease,
            interval,
            owner,
            maxAttempts,
            backoff,
            retention,
            closeGrace,
            listeners.isEmpty()
                ? OutboxListener.NONE
                : new SafeOutboxListener(List.copyOf(listeners)),
            clock == null ? Timing.system() : clock),
        clock == null);
  }

  private static Duration positive(String what, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(what + " must be positive, is " + value);
    }
    if (value.compareTo(DAY) > 0) {
      throw new IllegalArgumentException(what + " must be at most a day, is " + value);
    }
    return value;
  }
}
