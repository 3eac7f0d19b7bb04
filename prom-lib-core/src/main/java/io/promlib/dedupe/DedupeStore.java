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
   * @param lease after which somebody else may begin, if this is neither completed nor abandoned
   */
  Begin begin(String id, Duration lease, long now);

  /**
   * The event is handled, durably.
   *
   * @return false if the lease was lost to somebody else: nothing changed
   */
  boolean complete(String id, String token, long now);

  /**
   * The event was not handled: the next {@link #begin} may begin at once.
   *
   * @return false if the lease was lost to somebody else: nothing changed
   */
  boolean abandon(String id, String token);

  @Override
  void close();

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
