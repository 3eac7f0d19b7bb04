package io.promlib.bus;

import io.promlib.event.Names;
import java.time.Instant;

/**
 * Where a group begins at its first subscribe. A group that exists goes on from where it stands.
 */
public sealed interface StartAt {
  StartAt EARLIEST = new Earliest();
  StartAt LATEST = new Latest();

  /** At the oldest event that the topic still holds. */
  record Earliest() implements StartAt {}

  /** After the newest event: only what is published from now on. */
  record Latest() implements StartAt {}

  /** After a position, which must not be beyond the tail. */
  record AfterSeq(long seq) implements StartAt {
    public AfterSeq {
      if (seq < 0) {
        throw new IllegalArgumentException("seq must not be negative, is " + seq);
      }
    }
  }

  /** After the event with this id, which the topic must still hold. */
  record AfterId(String id) implements StartAt {
    public AfterId {
      Names.id(id);
    }
  }

  /**
   * At the first event whose {@code ts} is at or after this time; at the next one published if
   * there is none.
   */
  record Since(Instant time) implements StartAt {}
}
