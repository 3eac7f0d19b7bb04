package io.promlib.event;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** An event as a topic holds it. Immutable; equal when all that it holds is. */
public final class EventRecord {
  private final EventId id;
  private final long seq;
  private final long ts;
  private final long at;
  private final String topic;
  private final Payload payload;
  private final EventMeta meta;

  public EventRecord(
      EventId id, long seq, long ts, long at, String topic, Payload payload, EventMeta meta) {
    this.id = id;
    this.seq = seq;
    this.ts = ts;
    this.at = at;
    this.topic = topic;
    this.payload = payload;
    this.meta = meta;
  }

  public EventRecord(
      String id, long seq, long ts, long at, String topic, Payload payload, EventMeta meta) {
    this(EventId.given(id), seq, ts, at, topic, payload, meta);
  }

  /** Unique in its topic. */
  public String id() {
    return id.toString();
  }

  /** Position in its topic, 1, 2, 3, … in the order of appending: the only order there is. */
  public long seq() {
    return seq;
  }

  /** Epoch milliseconds as the publisher gave them; data, never order. */
  public long ts() {
    return ts;
  }

  /**
   * Epoch milliseconds of the append, set by the bus, never decreasing along {@code seq}; rules
   * retention and lag.
   */
  public long at() {
    return at;
  }

  public String topic() {
    return topic;
  }

  public Payload payload() {
    return payload;
  }

  /** What it carries beside its payload. */
  public EventMeta meta() {
    return meta;
  }

  public @Nullable String key() {
    return meta.key();
  }

  public Map<String, String> headers() {
    return meta.headers();
  }

  public List<String> tags() {
    return meta.tags();
  }

  public List<String> causedBy() {
    return meta.causedBy();
  }

  public @Nullable String sid() {
    return meta.sid();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof EventRecord event
        && seq == event.seq
        && ts == event.ts
        && at == event.at
        && topic.equals(event.topic)
        && id.equals(event.id)
        && payload.equals(event.payload)
        && meta.equals(event.meta);
  }

  @Override
  public int hashCode() {
    return Objects.hash(topic, seq, id);
  }

  @Override
  public String toString() {
    return "EventRecord[" + topic + " seq " + seq + ", id " + id + "]";
  }
}
