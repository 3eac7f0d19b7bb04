package io.promlib.store;

import io.promlib.event.EventId;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;

/** An event on its way into a topic; the append gives it {@code seq} and {@code at}. */
public record Draft(EventId eventId, long ts, Payload payload, EventMeta meta) {

  public Draft(String id, boolean idGiven, long ts, Payload payload, EventMeta meta) {
    this(idGiven ? EventId.given(id) : EventId.made(id), ts, payload, meta);
  }

  public String id() {
    return eventId.toString();
  }

  /** Whether the publisher gave the id, so that it must be looked for in the topic. */
  public boolean idGiven() {
    return eventId.isGiven();
  }

  /** The event that this becomes at its place. */
  public EventRecord placed(String topic, long seq, long at) {
    return new EventRecord(eventId, seq, ts, at, topic, payload, meta);
  }
}
