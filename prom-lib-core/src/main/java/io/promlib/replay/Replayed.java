package io.promlib.replay;

import io.promlib.bus.BusAdmin;
import io.promlib.event.EventRecord;
import io.promlib.event.Topic;

/** An event of the past. */
public final class Replayed<T> {
  private final EventRecord event;
  private final Topic<T> topic;
  private final BusAdmin admin;

  Replayed(EventRecord event, Topic<T> topic, BusAdmin admin) {
    this.event = event;
    this.topic = topic;
    this.admin = admin;
  }

  public EventRecord record() {
    return event;
  }

  /**
   * The payload as the topic's type: the publisher's own object where it is in this process.
   *
   * @throws IllegalStateException if the payload is null; see {@link #isTombstone()}
   * @throws io.promlib.event.PayloadException if it cannot be read as the type
   */
  public T payload() {
    return admin.payload(topic, event);
  }

  /** Whether the payload is null, which deletes the event's key. */
  public boolean isTombstone() {
    return event.payload().isNull();
  }

  @Override
  public String toString() {
    return "Replayed[" + event + "]";
  }
}
