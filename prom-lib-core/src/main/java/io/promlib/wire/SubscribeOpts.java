package io.promlib.wire;

import io.promlib.bus.StartAt;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import org.jspecify.annotations.Nullable;

/**
 * What a SUBSCRIBE may choose; null is "not given". The gateway caps the limits and decides what it
 * supports.
 *
 * @param from where a tail, or a group that does not exist yet, begins
 * @param ackTimeoutMs how long a lease lasts
 * @param batch the most events in one EVENTS frame, 1 to 1000; not given: each comes as an EVENT
 * @param quiet whether an ACK is answered only when some result is not {@code ok}
 * @param tail whether {@code mode} is {@code tail}: no group and no acks
 * @param snapshot whether a tail starts with the latest event of every key
 */
public record SubscribeOpts(
    @Nullable StartAt from,
    @Nullable Integer batchSize,
    @Nullable Integer maxInFlight,
    @Nullable Long ackTimeoutMs,
    @Nullable Integer maxAttempts,
    @Nullable Ordering ordering,
    @Nullable Integer batch,
    boolean quiet,
    Filter.@Nullable Match filter,
    boolean tail,
    boolean snapshot) {

  public static final SubscribeOpts NONE =
      new SubscribeOpts(null, null, null, null, null, null, null, false, null, false, false);

  /** Those of a tail; {@code batchSize} is the most events that are read at once. */
  public static SubscribeOpts tail(
      @Nullable StartAt from,
      boolean snapshot,
      @Nullable Integer batchSize,
      @Nullable Integer batch,
      Filter.@Nullable Match filter) {
    return new SubscribeOpts(
        from, batchSize, null, null, null, null, batch, false, filter, true, snapshot);
  }

  public SubscribeOpts {
    positive("batchSize", batchSize);
    positive("maxInFlight", maxInFlight);
    positive("ackTimeoutMs", ackTimeoutMs);
    positive("maxAttempts", maxAttempts);
    positive("batch", batch);
    if (batch != null && batch > Frame.MAX_BATCH) {
      throw new IllegalArgumentException(
          "opts.batch must be at most " + Frame.MAX_BATCH + ", is " + batch);
    }
    if (snapshot && !tail) {
      throw new IllegalArgumentException("opts.snapshot needs opts.mode 'tail'");
    }
    if (snapshot && from != null && !(from instanceof StartAt.Latest)) {
      throw new IllegalArgumentException(
          "opts.snapshot is the state of now: it goes with no opts.from but 'latest'");
    }
  }

  private static void positive(String field, @Nullable Number value) {
    if (value != null && value.longValue() < 1) {
      throw new IllegalArgumentException("opts." + field + " must be at least 1, is " + value);
    }
  }
}
