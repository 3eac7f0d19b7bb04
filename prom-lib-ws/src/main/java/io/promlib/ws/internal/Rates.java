package io.promlib.ws.internal;

import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A token bucket for each name that is asked for. One that is full again is as good as none, and
 * may be dropped.
 */
public final class Rates {
  private static final int SWEEP_AT = 10_000;

  private final ConcurrentMap<String, TokenBucket> buckets = new ConcurrentHashMap<>();
  private final int perSecond;
  private final Timing timing;

  /** Buckets that let {@code perSecond} through each second, and as many at once. */
  public Rates(int perSecond, Timing timing) {
    this.perSecond = perSecond;
    this.timing = timing;
  }

  /** The bucket of this name. */
  public TokenBucket of(String name) {
    TokenBucket bucket = buckets.get(name);
    if (bucket != null) {
      return bucket;
    }
    if (buckets.size() >= SWEEP_AT) {
      buckets.values().removeIf(one -> one.deficit(perSecond).isZero());
    }
    return buckets.computeIfAbsent(
        name, key -> new TokenBucket(perSecond, perSecond, timing::nanos));
  }

  /**
   * How long to wait for {@code n} tokens, at least 1 ms; a whole second for more than there ever
   * are.
   */
  public long waitMillis(TokenBucket bucket, int n) {
    return n > perSecond ? 1000 : Math.max(1, bucket.deficit(n).toMillis() + 1);
  }
}
