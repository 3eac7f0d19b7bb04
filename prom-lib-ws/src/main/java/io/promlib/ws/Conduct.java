package io.promlib.ws;

import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import java.time.Duration;

/**
 * What a client may send beyond the work that has limits of its own: publishes, and the settling of
 * events that it was sent. Safe for use by many threads.
 */
final class Conduct {
  /** So many seconds' worth of such frames may come at once. */
  private static final int BURST_SECONDS = 10;

  private final TokenBucket mistakes;
  private final TokenBucket idle;
  private final TokenBucket subscribes;

  Conduct(GatewayLimits limits, Timing timing) {
    mistakes = new TokenBucket(limits.maxMistakes(), 1, timing::nanos);
    idle = bucket(limits.idleRate(), 1, timing);
    subscribes = bucket(limits.subscribeRate(), limits.maxSubscriptions(), timing);
  }

  private static TokenBucket bucket(int perSecond, int atLeast, Timing timing) {
    return new TokenBucket(
        Math.max(atLeast, (long) BURST_SECONDS * perSecond), perSecond, timing::nanos);
  }

  /** Counts a frame that could not be read; false if it was one too many. */
  boolean forgives() {
    return mistakes.tryConsume(1);
  }

  /** Counts a frame that neither publishes nor settles; false if it was one too many. */
  boolean bears() {
    return idle.tryConsume(1);
  }

  /** Counts a SUBSCRIBE, unless it comes too soon; then says how long to wait. */
  Duration untilSubscribe() {
    return subscribes.tryConsume(1) ? Duration.ZERO : subscribes.deficit(1);
  }
}
