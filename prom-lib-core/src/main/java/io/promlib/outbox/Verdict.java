package io.promlib.outbox;

import io.promlib.bus.BusClosedException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.bus.PublishException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.PayloadException;
import io.promlib.store.StoreUnavailableException;

/** What a failure to publish a record says: see {@link OutboxTarget#publish}. */
enum Verdict {
  /** It fails whenever it is tried. */
  NEVER,
  /** Others would fail as well now. */
  AWAY,
  /** Others of its topic would fail as well now. */
  FULL,
  /** It may be this record's own. */
  OWN;

  private static final int LONGEST = 1000;

  static Verdict of(Throwable failure) {
    if (failure instanceof IllegalArgumentException
        || failure instanceof EventTooLargeException
        || failure instanceof PayloadException) {
      return NEVER;
    }
    if (failure instanceof TopicFullException) {
      return FULL;
    }
    if (failure instanceof PublishException unknown) {
      Throwable cause = unknown.getCause();
      return cause == null || cause instanceof StoreUnavailableException ? AWAY : OWN;
    }
    return failure instanceof StoreUnavailableException || failure instanceof BusClosedException
        ? AWAY
        : OWN;
  }

  /** The failure as a text of bounded length that every store can keep. */
  static String text(Throwable failure) {
    String message = failure.getMessage();
    String name = failure.getClass().getSimpleName();
    String whole = message == null ? name : name + ": " + message;
    StringBuilder text = new StringBuilder();
    whole
        .codePoints()
        .limit(LONGEST)
        .map(
            c -> c == 0 || (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) ? '?' : c)
        .forEach(text::appendCodePoint);
    return text.toString();
  }
}
