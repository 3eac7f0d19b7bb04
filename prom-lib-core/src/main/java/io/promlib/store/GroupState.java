package io.promlib.store;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The durable state of a group. A position below {@code next} that is in no claim and not waiting
 * is done.
 *
 * @param next the lowest position never claimed; with slots, the lowest of theirs
 * @param claims at most one for each process; with slots, one for each slot that a process has and
 *     one more as its sign of life
 * @param waiting events that nobody holds: to be tried again, or to become dead letters
 * @param seeks how often the group was sought
 * @param skipped how many positions retention removed before the group got them
 * @param seen epoch milliseconds when it last had a subscriber
 * @param slots how far each slot is; null in a group without
 */
public record GroupState(
    GroupSettings settings,
    long next,
    List<Claim> claims,
    List<Unfinished> waiting,
    int seeks,
    long skipped,
    long seen,
    @Nullable Slots slots) {

  /** The state of a group without slots. */
  public GroupState(
      GroupSettings settings,
      long next,
      List<Claim> claims,
      List<Unfinished> waiting,
      int seeks,
      long skipped,
      long seen) {
    this(settings, next, claims, waiting, seeks, skipped, seen, null);
  }

  /** The state of a group that is made now and begins at {@code next}. */
  public static GroupState starting(GroupSettings settings, long next, long now) {
    Slots slots = settings.ordering() == Ordering.KEY ? Slots.at(next) : null;
    return new GroupState(settings, next, List.of(), List.of(), 0, 0, now, slots);
  }

  /** The ack floor: this position and all below it are done. */
  public long floor() {
    long lowest = next;
    for (int i = 0; i < claims.size(); i++) {
      Claim claim = claims.get(i);
      lowest = Math.min(lowest, claim.fresh().first(lowest));
      lowest = lowest(claim.retried(), lowest);
    }
    return lowest(waiting, lowest) - 1;
  }

  /**
   * Epoch milliseconds after which the group may be deleted for want of a subscriber; {@link
   * Long#MAX_VALUE}: never. A quarter is added to its life, for so old may the last sign of its
   * last subscriber be.
   */
  public long expiresAt() {
    Duration life = settings.expireAfter();
    if (life == null) {
      return Long.MAX_VALUE;
    }
    long latest = seen + life.toMillis() + life.toMillis() / 4;
    for (Claim claim : claims) {
      latest = Math.max(latest, claim.until());
    }
    return latest;
  }

  /** How many events are claimed or waiting. */
  public long unfinished() {
    long count = waiting.size();
    for (int i = 0; i < claims.size(); i++) {
      Claim claim = claims.get(i);
      count += claim.size();
    }
    return count;
  }

  private static long lowest(List<Unfinished> events, long lowest) {
    for (int i = 0; i < events.size(); i++) {
      Unfinished event = events.get(i);
      if (event.letter() == 0 && event.seq() < lowest) {
        lowest = event.seq();
      }
    }
    return lowest;
  }
}
