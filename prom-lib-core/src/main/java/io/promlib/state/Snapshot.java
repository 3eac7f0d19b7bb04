package io.promlib.state;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.event.EventJson;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.Json;
import io.promlib.event.JsonInput;
import io.promlib.event.Payload;
import io.promlib.event.PayloadException;
import io.promlib.store.Draft;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest of a key: what a snapshot event holds.
 *
 * @param payload the event's, as it was published; null for a key that was deleted
 * @param ts the event's
 * @param seq the event's position in the topic that is folded
 * @param id the event's
 */
public record Snapshot(String key, Payload payload, long ts, long seq, String id) {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshot.class);

  static Snapshot of(String key, EventRecord event) {
    return new Snapshot(key, event.payload(), event.ts(), event.seq(), event.id());
  }

  /** Whether the key was deleted. */
  public boolean isTombstone() {
    return payload.isNull();
  }

  /**
   * The event that it is of, as far as a snapshot holds it: without headers, tags and the rest, and
   * with its {@code ts} for the append time.
   */
  public EventRecord event(String topic) {
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return new EventRecord(id, seq, ts, ts, topic, payload, meta);
  }

  /**
   * Reads an event of a snapshot topic, the payload with the very bytes it had.
   *
   * @throws PayloadException if it is no snapshot
   */
  public static Snapshot read(EventRecord event) {
    String key = null;
    Payload payload = null;
    Long ts = null;
    Long seq = null;
    String id = null;
    try (JsonInput in = JsonInput.object(Json.parsers(), event.payload().bytes())) {
      for (String field = in.nextField(); field != null; field = in.nextField()) {
        switch (field) {
          case "key" -> key = in.string();
          case "payload" -> payload = in.payload();
          case "ts" -> ts = in.whole();
          case "seq" -> seq = in.whole();
          case "id" -> id = in.string();
          default -> in.skip();
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw no(event, e);
    }
    if (key == null || payload == null || ts == null || seq == null || id == null) {
      throw no(event, new IOException("key, payload, ts, seq or id is missing"));
    }
    if (!key.equals(event.key()) || seq < 1) {
      throw no(event, new IOException("it is of key " + event.key() + ", or has no position"));
    }
    return new Snapshot(key, payload, ts, seq, id);
  }

  /**
   * {@link #read}; empty, which is logged, if it is no snapshot. Nobody publishes such through a
   * bus; what was put into the store by other means must not keep the readers of all keys from
   * theirs. Its own key is without a snapshot until it changes, or is folded again.
   */
  static Optional<Snapshot> find(EventRecord event) {
    try {
      return Optional.of(read(event));
    } catch (PayloadException e) {
      LOG.warn("passed over: {} ({})", e.getMessage(), String.valueOf(e.getCause()));
      return Optional.empty();
    }
  }

  private static PayloadException no(EventRecord event, Exception cause) {
    return new PayloadException(
        "event "
            + event.id()
            + " at "
            + event.seq()
            + " of "
            + event.topic()
            + " is no snapshot; give the snapshots a topic to themselves",
        cause);
  }

  /**
   * The event that holds it. Its id is made of where it goes, key and position, so that it is the
   * same whoever makes it.
   *
   * @throws PayloadException if the payload cannot be written
   */
  Draft draft(String snapshotTopic) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = Json.parsers().generator(bytes)) {
      json.writeStartObject();
      json.writeStringField("key", key);
      EventJson.write(payload, json);
      json.writeNumberField("ts", ts);
      json.writeNumberField("seq", seq);
      json.writeStringField("id", id);
      json.writeEndObject();
    } catch (IOException e) {
      throw new PayloadException("a snapshot of " + key + " cannot be written", e);
    }
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(id), null);
    String made = Ids.derived(snapshotTopic, key, Long.toString(seq));
    return new Draft(made, false, ts, Payload.checkedJson(bytes.toByteArray()), meta);
  }
}
