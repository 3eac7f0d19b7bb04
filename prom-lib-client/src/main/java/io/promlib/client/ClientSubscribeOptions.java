package io.promlib.client;

import io.promlib.bus.GapListener;
import io.promlib.bus.StartAt;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a remote subscriber may choose. {@code ordering}, {@code filter} and {@code maxAttempts}
 * belong to the group: the first subscriber fixes them, later ones give the same or nothing. The
 * rest is each subscriber's own. What is null is left to the gateway or the group.
 *
 * @param maxInFlight the most deliveries here and not settled
 * @param extendUpTo how long past its start a running handler's lease is extended by the client;
 *     zero: never
 */
public record ClientSubscribeOptions(
    StartAt startAt,
    @Nullable Ordering ordering,
    Filter.@Nullable Match filter,
    @Nullable Integer maxAttempts,
    @Nullable Duration ackDeadline,
    int maxInFlight,
    int concurrency,
    boolean manualAck,
    Duration extendUpTo,
    GapListener gapListener) {

  private static final ClientSubscribeOptions DEFAULTS = builder().build();

  public ClientSubscribeOptions {
    Limits.between("maxAttempts", maxAttempts == null ? 1 : maxAttempts, 1, 1000);
    if (ackDeadline != null) {
      Limits.between("ackDeadline in ms", ackDeadline, 10, Duration.ofHours(12).toMillis());
    }
    Limits.between("maxInFlight", maxInFlight, 1, 4000);
    Limits.between("concurrency", concurrency, 1, 4000);
    Limits.between("extendUpTo in ms", extendUpTo, 0, Duration.ofHours(12).toMillis());
  }

  public static ClientSubscribeOptions defaults() {
    return DEFAULTS;
  }

  public static Builder builder() {
    return new Builder();
  }

  // NullAway does not see in a class file that a nested type may be null there.
  @SuppressWarnings("NullAway")
  SubscribeOpts wire(@Nullable Integer batch) {
    return new SubscribeOpts(
        startAt,
        null,
        maxInFlight,
        ackDeadline == null ? null : ackDeadline.toMillis(),
        maxAttempts,
        ordering,
        batch,
        true,
        filter,
        false,
        false);
  }

  /** Collects the choices; {@link #build()} checks them. */
  public static final class Builder {
    private StartAt startAt = StartAt.LATEST;
    private @Nullable Ordering ordering;
    private Filter.@Nullable Match filter;
    private @Nullable Integer maxAttempts;
    private @Nullable Duration ackDeadline;
    private int maxInFlight = 100;
    private int concurrency = 1;
    private boolean manualAck;
    private Duration extendUpTo = Duration.ofMinutes(10);
    private GapListener gapListener = GapListener.NONE;

    private Builder() {}

    /** Where a group that does not exist yet begins; default the tail. */
    public Builder startAt(StartAt start) {
      startAt = start;
      return this;
    }

    /** Default the group's, and {@link Ordering#NONE} for one that is made now. */
    public Builder ordering(Ordering order) {
      ordering = order;
      return this;
    }

    /** Only events with this key, these tags, these headers. */
    public Builder filter(Filter.Match match) {
      filter = match;
      return this;
    }

    /**
     * Deliveries before an event becomes a dead letter, from 1 to 1000; default the group's, and 5.
     */
    public Builder maxAttempts(int attempts) {
      maxAttempts = attempts;
      return this;
    }

    /**
     * How long a lease lasts, from 10 ms to 12 h; default the gateway's, 30 s. It may allow less.
     */
    public Builder ackDeadline(Duration deadline) {
      ackDeadline = deadline;
      return this;
    }

    /** From 1 to 4000, default 100; the gateway may allow less. */
    public Builder maxInFlight(int events) {
      maxInFlight = events;
      return this;
    }

    /** How many handlers may run at once; from 1 to 4000, default 1. */
    public Builder concurrency(int handlers) {
      concurrency = handlers;
      return this;
    }

    /** Only an explicit call on the delivery settles it; the handler's return or throw does not. */
    public Builder manualAck() {
      manualAck = true;
      return this;
    }

    /**
     * How long the client keeps extending the lease of a handler that runs, up to 12 h; default 10
     * minutes.
     */
    public Builder extendUpTo(Duration limit) {
      extendUpTo = limit;
      return this;
    }

    /** Leases are extended by the handler only. */
    public Builder noExtension() {
      return extendUpTo(Duration.ZERO);
    }

    /**
     * Hears of positions that the group lost to retention, on the thread {@code
     * prom-client-callback}.
     */
    public Builder gapListener(GapListener listener) {
      gapListener = listener;
      return this;
    }

    /**
     * Checks the choices.
     *
     * @throws IllegalArgumentException naming the one that is out of range
     */
    public ClientSubscribeOptions build() {
      return new ClientSubscribeOptions(
          startAt,
          ordering,
          filter,
          maxAttempts,
          ackDeadline,
          maxInFlight,
          concurrency,
          manualAck,
          extendUpTo,
          gapListener);
    }
  }
}
