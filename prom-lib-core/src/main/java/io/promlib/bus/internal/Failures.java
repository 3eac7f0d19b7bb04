package io.promlib.bus.internal;

import io.promlib.event.Names;
import io.promlib.store.Backoff;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a failed attempt leads to: a wait, or the dead letters.
 *
 * <p>A nack or an expiry is the event's own doing. A crash need not be: it counts against all that
 * was in flight, so an event whose attempts ran out by a crash becomes a dead letter only if that
 * crash came while it ran alone; else it is tried once more, alone. A group on a dead-letter topic
 * has no dead letters of its own and waits the longest back-off.
 */
record Failures(GroupSettings settings, boolean deadLetters, DoubleSupplier chance) {

  static Failures of(GroupKey group, GroupSettings settings, DoubleSupplier chance) {
    return new Failures(settings, !Names.isDeadLetterTopic(group.topic()), chance);
  }

  /** After a nack or an expired lease; {@code delay} null: the group's back-off. */
  Unfinished failed(Unfinished before, String reason, @Nullable Duration delay, long now) {
    Unfinished after = before.failed(false, 0);
    if (exhausted(after)) {
      return after.dead(reason, now);
    }
    long wait = (delay == null ? backoff(after.failures()) : delay).toMillis();
    return before.failed(false, now + wait);
  }

  /** After a crash of what it ran in. */
  Unfinished crashed(Unfinished before, long now) {
    Unfinished after = before.failed(true, now + backoff(before.failures() + 1).toMillis());
    return before.alone() && exhausted(after)
        ? after.dead("crashed while it ran alone", now)
        : after;
  }

  /**
   * Whether the next attempt must run alone: it may be the last, and the one before ended in a
   * crash.
   */
  boolean mustRunAlone(Unfinished event) {
    return deadLetters && event.crashed() && event.failures() + 1 >= settings.maxAttempts();
  }

  private boolean exhausted(Unfinished after) {
    return deadLetters && after.failures() >= settings.maxAttempts();
  }

  private Duration backoff(int failures) {
    Backoff backoff = settings.backoff();
    return deadLetters ? backoff.after(failures, chance.getAsDouble()) : backoff.max();
  }
}
