package io.promlib.outbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.event.EventMeta;
import io.promlib.event.Ids;
import io.promlib.event.Json;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;

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

  /** As {@link #of(Topic, Object, PublishOptions, long, ObjectMapper)}, by the library's mapper. */
  public static <T> OutboxDraft of(Topic<T> topic, T payload, PublishOptions options, long now) {
    return of(topic, payload, options, now, Json.mapper());
  }

  /**
   * What {@link io.promlib.bus.EventBus#publish(Topic, Object, PublishOptions)} would publish: a
   * null payload is a tombstone, a {@link Payload} goes as it is, an id that is not given is a
   * UUIDv7 made at {@code now}, and {@code now} is the {@code ts} that is not given. In the order
   * of commit, unless {@link #order(long)} changes that.
   */
  public static <T> OutboxDraft of(
      Topic<T> topic, T payload, PublishOptions options, long now, ObjectMapper mapper) {
    String id = options.id();
    Long ts = options.ts();
    return new OutboxDraft(
        topic.name(),
        id == null ? Ids.next(now) : id,
        ts == null ? now : ts,
        payload instanceof Payload ready ? ready : Payload.of(payload, topic.type(), mapper),
        options.meta(),
        0);
  }

  /** The same record at a place that the caller gives. */
  public OutboxDraft order(long place) {
    return new OutboxDraft(topic, id, ts, payload, meta, place);
  }
}
