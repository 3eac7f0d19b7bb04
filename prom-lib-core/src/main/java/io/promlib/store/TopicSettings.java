package io.promlib.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How much of a topic is kept.
 *
 * @param maxEvents the most events, at least 1
 * @param maxBytes the most bytes as the store estimates them, at least 1
 * @param maxAge how long after its append an event may be removed; null: never for its age
 */
public record TopicSettings(
    long maxEvents, long maxBytes, @Nullable Duration maxAge, Overflow overflow) {

  /** No limit at all: what a store on disk begins with. */
  public static final TopicSettings UNLIMITED =
      new TopicSettings(Long.MAX_VALUE, Long.MAX_VALUE, null, Overflow.DROP_OLDEST);

  /** The newest 100 000 events or 64 MiB: what a topic in memory begins with. */
  public static final TopicSettings IN_MEMORY =
      new TopicSettings(100_000, 64L << 20, null, Overflow.DROP_OLDEST);

  public TopicSettings {
    if (maxEvents < 1) {
      throw new IllegalArgumentException("maxEvents must be at least 1, is " + maxEvents);
    }
    if (maxBytes < 1) {
      throw new IllegalArgumentException("maxBytes must be at least 1, is " + maxBytes);
    }
    if (maxAge != null && (maxAge.isNegative() || maxAge.isZero())) {
      throw new IllegalArgumentException("maxAge must be positive, is " + maxAge);
    }
  }

  /** Whether nothing is ever to be removed. */
  public boolean isUnlimited() {
    return maxEvents == Long.MAX_VALUE && maxBytes == Long.MAX_VALUE && maxAge == null;
  }

  public TopicSettings maxEvents(long events) {
    return new TopicSettings(events, maxBytes, maxAge, overflow);
  }

  public TopicSettings maxBytes(long bytes) {
    return new TopicSettings(maxEvents, bytes, maxAge, overflow);
  }

  public TopicSettings maxAge(@Nullable Duration age) {
    return new TopicSettings(maxEvents, maxBytes, age, overflow);
  }

  public TopicSettings overflow(Overflow choice) {
    return new TopicSettings(maxEvents, maxBytes, maxAge, choice);
  }
}
