package io.promlib.dedupe;

import java.time.Duration;

/**
 * Which events of one topic a group has handled. An instance is bound to a topic and group; ids are
 * remembered for a bounded time, or a bounded number of them, that the store names. Every method
 * may be called by any thread; all may block, and throw {@link io.promlib.PromException} when the
 * store cannot be reached.
 */
public interface DedupeStore extends AutoCloseable {

  /**
   * Begins to handle an event, unless somebody did or does. Of several calls at once one begins.
   *
   * @param lease after which somebody else may begin, if this is neither completed nor abandoned;
   *     from 1 ms to 12 h
   * @param now epoch milliseconds, as for all of one group
   * @throws IllegalArgumentException if the id or the lease is none
   */
  Begin begin(String id, Duration lease, long now);

  /**
   * The event is handled, durably; also where the lease ran out and nobody else began. May be
   * repeated.
   *
   * @return false if the lease was lost to somebody else: nothing changed
   */
  boolean complete(String id, String token, long now);

  /**
   * The event was not handled: the next {@link #begin} may begin at once.
   *
   * @return false if the lease was lost to somebody else, or is over: nothing changed
   */
  boolean abandon(String id, String token);

  @Override
  void close();

  /**
   * A lease as stores take it.
   *
   * @throws IllegalArgumentException unless it lasts from 1 ms to 12 h
   */
  static Duration checked(Duration lease) {
    if (lease.compareTo(Duration.ofMillis(1)) < 0 || lease.compareTo(Duration.ofHours(12)) > 0) {
      throw new IllegalArgumentException("a lease must last from 1 ms to 12 h, is " + lease);
    }
    return lease;
  }

  /** What {@link #begin} came to. */
  sealed interface Begin {
    /** The caller handles the event, and completes or abandons it with the token. */
    record Started(String token) implements Begin {}

    /** Somebody is at it; after so long they may be taken for dead. */
    record Busy(Duration left) implements Begin {}

    /** It is handled already. */
    record Done() implements Begin {}
  }
}
