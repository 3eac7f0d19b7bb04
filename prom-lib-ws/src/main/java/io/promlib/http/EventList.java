package io.promlib.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The events of one answer, {@code {topic, count, events, next}}: full with the event that brings
 * it to so many bytes.
 */
final class EventList {
  private final int mostBytes;
  private final ByteArrayOutputStream events = new ByteArrayOutputStream();
  private final JsonGenerator json;
  private int count;

  EventList(int mostBytes) throws IOException {
    this.mostBytes = mostBytes;
    json = Json.parsers().generator(events);
    json.writeStartArray();
  }

  boolean isFull() {
    return events.size() >= mostBytes;
  }

  int count() {
    return count;
  }

  void add(EventRecord event) throws IOException {
    EventJson.write(event, json);
    json.flush();
    count++;
  }

  /**
   * Answers with what was added.
   *
   * @param next where the client goes on
   * @param lost positions that are gone; told only if there are any
   */
  void send(HttpExchange exchange, String topic, @Nullable JsonNode next, long lost)
      throws IOException {
    json.writeEndArray();
    json.close();
    String last = lost == 0 ? "}" : ",\"lost\":" + lost + "}";
    Answer.send(
        exchange,
        "application/json",
        ("{\"topic\":\"" + topic + "\",\"count\":" + count + ",\"events\":")
            .getBytes(StandardCharsets.UTF_8),
        events,
        (",\"next\":" + Json.mapper().writeValueAsString(next) + last)
            .getBytes(StandardCharsets.UTF_8));
  }
}
