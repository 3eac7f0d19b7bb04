package io.promlib.ws.internal;

import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A token bucket for each name that is asked for. One that is full again is as good as none, and
 * may be dropped. At most 10 000 are kept; while so many are in use, further names share one.
 */
public final class Rates {
  private static final int MOST = 10_000;

  /** Going through all of them costs more than a publish does. */
  private static final long SWEEP_EVERY_NANOS = 1_000_000_000L;

  private final Map<String, TokenBucket> buckets = new HashMap<>();
  private final TokenBucket rest;
  private final int perSecond;
  private final Timing timing;
  private long swept;

  /** Buckets that let {@code perSecond} through each second, and as many at once. */
  public Rates(int perSecond, Timing timing) {
    this.perSecond = perSecond;
    this.timing = timing;
    rest = bucket();
    swept = timing.nanos() - SWEEP_EVERY_NANOS;
  }

  /** The bucket of this name. */
  public synchronized TokenBucket of(String name) {
    TokenBucket known = buckets.get(name);
    if (known != null) {
      return known;
    }
    if (buckets.size() >= MOST && !sweep()) {
      return rest;
    }
    TokenBucket made = bucket();
    buckets.put(name, made);
    return made;
  }

  /** The bucket of this name, if there is one of its own; else it is full. */
  public synchronized @Nullable TokenBucket find(String name) {
    return buckets.get(name);
  }

  /** Whether there is room now. */
  private boolean sweep() {
    long now = timing.nanos();
    if (now - swept >= SWEEP_EVERY_NANOS) {
      swept = now;
      buckets.values().removeIf(one -> one.deficit(perSecond).isZero());
    }
    return buckets.size() < MOST;
  }

  private TokenBucket bucket() {
    return new TokenBucket(perSecond, perSecond, timing::nanos);
  }

  /**
   * How long to wait for {@code n} tokens, at least 1 ms; a whole second for more than there ever
   * are.
   */
  public long waitMillis(TokenBucket bucket, int n) {
    return n > perSecond ? 1000 : Math.max(1, bucket.deficit(n).plusNanos(999_999).toMillis());
  }
}
