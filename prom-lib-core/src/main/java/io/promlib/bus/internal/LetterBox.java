package io.promlib.bus.internal;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.bus.DeadLetter;
import io.promlib.event.EventJson;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.Json;
import io.promlib.event.JsonInput;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.event.PayloadException;
import io.promlib.store.Draft;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.store.Unfinished;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The dead-letter topic of one topic: writes letters, reads them back. Every method makes store
 * calls.
 */
final class LetterBox {
  private static final Logger LOG = LoggerFactory.getLogger(LetterBox.class);

  private final String topic;
  private final String letterTopic;
  private final Wiring wiring;

  LetterBox(String topic, Wiring wiring) {
    this.topic = topic;
    this.letterTopic = Names.deadLetterTopic(topic);
    this.wiring = wiring;
  }

  String letterTopic() {
    return letterTopic;
  }

  /**
   * Appends an event's letter. Its id is made from group, cycle and event id, so that a crash after
   * this and before the event counts as done makes no second one. False if the topic is full: it
   * never drops a letter for another.
   */
  boolean add(String group, int seeks, EventRecord event, Unfinished entry, long now) {
    TopicSettings settings = wiring.events().settings(letterTopic);
    if (settings.overflow() == Overflow.DROP_OLDEST) {
      wiring.events().configure(letterTopic, settings.overflow(Overflow.REJECT));
    }
    int cycle = seeks + entry.redrives();
    String id = Ids.derived(group, Integer.toString(cycle), event.id());
    EventMeta meta =
        new EventMeta(event.key(), event.headers(), event.tags(), List.of(event.id()), event.sid());
    Payload payload = Payload.checkedJson(json(group, cycle, event, entry, now));
    return !wiring
        .events()
        .append(letterTopic, List.of(new Draft(id, true, now, payload, meta)), now)
        .isEmpty();
  }

  void delete(long letter) {
    wiring.events().remove(letterTopic, List.of(letter));
  }

  /**
   * Reads a letter, with the bytes of the original's payload as they were.
   *
   * @throws PayloadException if the event is no dead letter
   */
  static DeadLetter read(EventRecord letter) {
    String topic = "";
    String group = "";
    String error = "";
    int cycle = 0;
    int attempts = 0;
    long ts = letter.ts();
    EventRecord original = null;
    try (JsonInput in = JsonInput.object(Json.parsers(), letter.payload().bytes())) {
      for (String field = in.nextField(); field != null; field = in.nextField()) {
        switch (field) {
          case "topic" -> topic = in.string();
          case "group" -> group = in.string();
          case "cycle" -> cycle = (int) in.whole();
          case "original" -> original = EventJson.read(in);
          case "err" -> error = in.string();
          case "ts" -> ts = in.whole();
          case "attempts" -> attempts = (int) in.whole();
          default -> in.skip();
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw new PayloadException("dead letter " + letter.id() + " cannot be read", e);
    }
    if (original == null) {
      throw new PayloadException(
          "dead letter " + letter.id() + " has no original event",
          new IOException("no field original"));
    }
    return new DeadLetter(
        letter.id(), letter.seq(), topic, group, cycle, original, error, ts, attempts);
  }

  private byte[] json(String group, int cycle, EventRecord event, Unfinished entry, long now) {
    EventRecord original = event;
    String error = String.valueOf(entry.fatal());
    try {
      event.payload().bytes();
    } catch (PayloadException e) {
      LOG.warn("event {} of {} becomes a dead letter without its payload", event.id(), topic, e);
      error = error + " (its payload cannot be written as JSON and is left out)";
      original =
          new EventRecord(
              event.id(),
              event.seq(),
              event.ts(),
              event.at(),
              event.topic(),
              Payload.NULL,
              event.meta());
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (JsonGenerator json = Json.parsers().generator(bytes)) {
      json.writeStartObject();
      json.writeStringField("topic", topic);
      json.writeStringField("group", group);
      json.writeNumberField("cycle", cycle);
      json.writeFieldName("original");
      EventJson.write(original, json);
      json.writeStringField("err", error);
      json.writeNumberField("ts", now);
      json.writeNumberField("attempts", entry.failures());
      json.writeEndObject();
    } catch (IOException e) {
      throw new PayloadException("a dead letter of " + topic + " cannot be written", e);
    }
    return bytes.toByteArray();
  }
}
