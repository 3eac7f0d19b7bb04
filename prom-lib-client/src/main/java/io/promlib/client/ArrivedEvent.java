package io.promlib.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.TailEvent;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;

/** An event that came to a tail. */
record ArrivedEvent<T>(EventRecord record, Topic<T> topic, ObjectMapper mapper, boolean isSnapshot)
    implements TailEvent<T> {

  @Override
  @SuppressWarnings("unchecked") // The topic couples the type with T.
  public T payload() {
    Object value = record.payload().as(topic.type(), mapper);
    if (value == null || record.payload().isNull()) {
      throw new IllegalStateException("the event is a tombstone: it has no payload");
    }
    return (T) value;
  }

  @Override
  public boolean isTombstone() {
    return record.payload().isNull();
  }
}
