package io.promlib.store;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a group and is fixed when it is made.
 *
 * @param maxAttempts deliveries before an event becomes a dead letter, at least 1
 * @param expireAfter how long the group lives without a subscriber; null: for ever
 */
public record GroupSettings(
    Ordering ordering,
    Filter filter,
    int maxAttempts,
    Backoff backoff,
    @Nullable Duration expireAfter) {

  public static final GroupSettings DEFAULT =
      new GroupSettings(Ordering.NONE, Filter.ALL, 5, Backoff.DEFAULT, null);

  public GroupSettings {
    if (maxAttempts < 1 || maxAttempts > 1000) {
      throw new IllegalArgumentException("maxAttempts must be from 1 to 1000, is " + maxAttempts);
    }
    if (expireAfter != null && (expireAfter.isNegative() || expireAfter.isZero())) {
      throw new IllegalArgumentException("expireAfter must be positive, is " + expireAfter);
    }
  }
}
