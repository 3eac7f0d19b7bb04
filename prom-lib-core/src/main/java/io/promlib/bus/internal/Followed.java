package io.promlib.bus.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.TailEvent;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;

/** An event handed to a tail. */
record Followed<T>(EventRecord record, Topic<T> topic, ObjectMapper mapper, boolean isSnapshot)
    implements TailEvent<T> {

  @Override
  @SuppressWarnings("unchecked") // The topic couples the type with T.
  public T payload() {
    Object payload = record.payload().as(topic.type(), mapper);
    if (payload == null) {
      throw new IllegalStateException(
          "event "
              + record.id()
              + " of "
              + record.topic()
              + " is a tombstone; ask isTombstone() before payload()");
    }
    return (T) payload;
  }

  @Override
  public boolean isTombstone() {
    return record.payload().isNull();
  }
}
