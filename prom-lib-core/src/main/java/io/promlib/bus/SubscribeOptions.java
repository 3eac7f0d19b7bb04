package io.promlib.bus;

import io.promlib.event.EventRecord;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a subscriber may choose. {@code ordering}, {@code filter}, {@code maxAttempts} and {@code
 * backoff} belong to the group: the first subscriber fixes them, later ones give the same or
 * nothing. The rest is each subscriber's own.
 */
public final class SubscribeOptions {
  private static final SubscribeOptions DEFAULTS = builder().build();

  private final Builder values;

  private SubscribeOptions(Builder values) {
    this.values = values;
  }

  public static SubscribeOptions defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  public StartAt startAt() {
    return values.startAt;
  }

  public @Nullable Ordering ordering() {
    return values.ordering;
  }

  public @Nullable Filter filter() {
    return values.filter;
  }

  public @Nullable Predicate<EventRecord> predicate() {
    return values.predicate;
  }

  public @Nullable Integer maxAttempts() {
    return values.maxAttempts;
  }

  public @Nullable Backoff backoff() {
    return values.backoff;
  }

  public @Nullable Duration expireAfter() {
    return values.expireAfter;
  }

  public Duration ackDeadline() {
    return values.ackDeadline;
  }

  public int concurrency() {
    return values.concurrency;
  }

  public int batchSize() {
    return values.batchSize;
  }

  public int maxInFlight() {
    return values.maxInFlight;
  }

  public boolean manualAck() {
    return values.manualAck;
  }

  public @Nullable Isolation isolation() {
    return values.isolation;
  }

  public GapListener gapListener() {
    return values.gapListener;
  }

  /** Collects the choices; {@link #build()} checks them. */
  public static final class Builder {
    private StartAt startAt = StartAt.LATEST;
    private @Nullable Ordering ordering;
    private @Nullable Filter filter;
    private @Nullable Predicate<EventRecord> predicate;
    private @Nullable Integer maxAttempts;
    private @Nullable Backoff backoff;
    private @Nullable Duration expireAfter;
    private Duration ackDeadline = Duration.ofSeconds(30);
    private int concurrency = 1;
    private int batchSize = 100;
    private int maxInFlight = 1000;
    private boolean manualAck;
    private @Nullable Isolation isolation;
    private GapListener gapListener = GapListener.NONE;

    private Builder() {}

    private Builder(Builder from) {
      startAt = from.startAt;
      ordering = from.ordering;
      filter = from.filter;
      predicate = from.predicate;
      maxAttempts = from.maxAttempts;
      backoff = from.backoff;
      expireAfter = from.expireAfter;
      ackDeadline = from.ackDeadline;
      concurrency = from.concurrency;
      batchSize = from.batchSize;
      maxInFlight = from.maxInFlight;
      manualAck = from.manualAck;
      isolation = from.isolation;
      gapListener = from.gapListener;
    }

    /** Where a group that does not exist yet begins; default the tail. */
    public Builder startAt(StartAt start) {
      startAt = start;
      return this;
    }

    /** Default {@link Ordering#NONE}. */
    public Builder ordering(Ordering order) {
      ordering = order;
      return this;
    }

    /** Only events with this key, these tags, these headers. */
    public Builder filter(Filter.Match match) {
      filter = match;
      predicate = null;
      return this;
    }

    /**
     * Only events that the predicate accepts; the name is what the group remembers of it. It must
     * not block.
     */
    public Builder filter(String name, Predicate<EventRecord> accepts) {
      filter = new Filter.Named(name);
      predicate = accepts;
      return this;
    }

    /** Deliveries before an event becomes a dead letter; default 5. */
    public Builder maxAttempts(int attempts) {
      maxAttempts = attempts;
      return this;
    }

    public Builder backoff(Backoff wait) {
      backoff = wait;
      return this;
    }

    /** How long a group that is made now outlives its last subscriber; default for ever. */
    public Builder expireAfter(Duration life) {
      expireAfter = life;
      return this;
    }

    /** How long a lease lasts; from 10 ms to 12 h, default 30 s. */
    public Builder ackDeadline(Duration deadline) {
      ackDeadline = deadline;
      return this;
    }

    /** How many handlers may run at once; from 1 to 4000, default 1. */
    public Builder concurrency(int handlers) {
      concurrency = handlers;
      return this;
    }

    /** The most events read at once; from 1 to 4000, default 100. */
    public Builder batchSize(int events) {
      batchSize = events;
      return this;
    }

    /** The most events leased and unacked; from 1 to 4000, default 1000. */
    public Builder maxInFlight(int events) {
      maxInFlight = events;
      return this;
    }

    /** Only an explicit call on the delivery settles it; the handler's return does not. */
    public Builder manualAck() {
      manualAck = true;
      return this;
    }

    /** What crashes together with this subscriber; default the whole bus. */
    public Builder isolation(Isolation domain) {
      isolation = domain;
      return this;
    }

    public Builder gapListener(GapListener listener) {
      gapListener = listener;
      return this;
    }

    /**
     * Checks the choices.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public SubscribeOptions build() {
      between("maxAttempts", maxAttempts == null ? 1 : maxAttempts, 1, 1000);
      between("concurrency", concurrency, 1, 4000);
      between("batchSize", batchSize, 1, 4000);
      between("maxInFlight", maxInFlight, 1, 4000);
      between("ackDeadline in ms", ackDeadline.toMillis(), 10, Duration.ofHours(12).toMillis());
      if (expireAfter != null && (expireAfter.isNegative() || expireAfter.isZero())) {
        throw new IllegalArgumentException("expireAfter must be positive, is " + expireAfter);
      }
      return new SubscribeOptions(new Builder(this));
    }

    private static void between(String what, long value, long least, long most) {
      if (value < least || value > most) {
        throw new IllegalArgumentException(
            what + " must be from " + least + " to " + most + ", is " + value);
      }
    }
  }
}
