package io.promlib.event;

import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An id whose text is made when somebody reads it: most ids that the bus makes are never read.
 * Immutable.
 */
public final class EventId {
  private final long high;
  private final long low;

  /* Made of the numbers by whoever comes first; two threads make the same text. */
  private @Nullable String text;

  private EventId(long high, long low, @Nullable String text) {
    this.high = high;
    this.low = low;
    this.text = text;
  }

  /** An id that a publisher gave. */
  public static EventId given(String text) {
    return new EventId(0, 0, text);
  }

  /** An id with this text that the bus made, for those who make events by hand. */
  public static EventId made(String text) {
    return new EventId(1, 0, text);
  }

  /** Whether a publisher gave it, so that it must be looked for where it is to go. */
  public boolean isGiven() {
    return high == 0;
  }

  /** A UUID of version 7, as {@link Ids#next} makes it. */
  public static EventId next(long millis) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long high = (millis << 16) | 0x7000L | (random.nextInt() & 0x0fffL);
    long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new EventId(high, low, null);
  }

  /** How many characters its text has. */
  public int length() {
    String known = text;
    return known == null ? 36 : known.length();
  }

  @Override
  public String toString() {
    String made = text;
    if (made == null) {
      made = new UUID(high, low).toString();
      text = made;
    }
    return made;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EventId id && toString().equals(id.toString());
  }

  @Override
  public int hashCode() {
    return Objects.hashCode(toString());
  }
}
