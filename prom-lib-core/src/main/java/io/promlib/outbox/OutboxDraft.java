package io.promlib.outbox;

import io.promlib.event.EventMeta;
import io.promlib.event.Names;
import io.promlib.event.Payload;

/**
 * A record on its way into an outbox. Its id becomes the event's.
 *
 * @param ts epoch milliseconds, the event's {@code ts}
 * @param order the record's place among those of its topic and key, from 1 without gaps, if the
 *     caller gives it; 0: the order of commit. A key has the one or the other.
 */
public record OutboxDraft(
    String topic, String id, long ts, Payload payload, EventMeta meta, long order) {

  public OutboxDraft {
    Names.topic(topic);
    Names.id(id);
    if (order < 0) {
      throw new IllegalArgumentException("order must be 1 or more, or 0 for none, is " + order);
    }
    if (order > 0 && meta.key() == null) {
      throw new IllegalArgumentException("an order needs a key, record " + id + " has none");
    }
  }
}
