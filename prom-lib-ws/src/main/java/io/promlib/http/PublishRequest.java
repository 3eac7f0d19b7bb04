package io.promlib.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.EventMeta;
import io.promlib.event.JsonInput;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.wire.Codec;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads the events of a request, all of them or none. */
final class PublishRequest {
  private static final String HEADER_PREFIX = "x-event-";

  /** As deep and as strict as the gateway reads frames. */
  private static final JsonFactory LINES =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.CHARSET_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Codec.MAX_DEPTH)
                  .maxNumberLength(Codec.MAX_DIGITS)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private PublishRequest() {}

  /** The one event of a JSON body; its id, key, ts and headers are the request's. */
  static Message<Payload> single(HttpExchange exchange, byte[] body) throws HttpError {
    Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
    PublishOptions options;
    try {
      options =
          new PublishOptions(
              query.get("id"),
              ts(query.get("ts")),
              new EventMeta(query.get("key"), headers(exchange), List.of(), List.of(), null));
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest(String.valueOf(e.getMessage()));
    }
    return Message.of(payload(body), options);
  }

  private static Payload payload(byte[] body) throws HttpError {
    try {
      return Payload.json(body);
    } catch (IllegalArgumentException e) {
      throw new HttpError(400, "bad_json", String.valueOf(e.getMessage()));
    }
  }

  private static @Nullable Long ts(@Nullable String given) throws HttpError {
    try {
      return given == null ? null : Long.valueOf(given);
    } catch (NumberFormatException e) {
      throw HttpError.badRequest("ts must be epoch milliseconds");
    }
  }

  private static Map<String, String> headers(HttpExchange exchange) {
    Map<String, String> headers = new TreeMap<>();
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (lower.startsWith(HEADER_PREFIX) && lower.length() > HEADER_PREFIX.length()) {
                headers.put(lower.substring(HEADER_PREFIX.length()), String.join(", ", values));
              }
            });
    return headers;
  }

  private static Map<String, String> query(@Nullable String raw) throws HttpError {
    Map<String, String> fields = new TreeMap<>();
    if (raw == null || raw.isEmpty()) {
      return fields;
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decode(equals < 0 ? pair : pair.substring(0, equals));
      if (fields.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1))) != null) {
        throw HttpError.badRequest("the query has a field twice; give each once");
      }
    }
    return fields;
  }

  /** Undoes percent-encoding. */
  static String decode(String encoded) throws HttpError {
    try {
      return URLDecoder.decode(encoded, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest("the address is not percent-encoded UTF-8");
    }
  }

  /** The events of an NDJSON body, one a line; empty lines are passed over. */
  static List<Message<Payload>> batch(byte[] body, HttpLimits limits) throws HttpError {
    List<Message<Payload>> events = new ArrayList<>();
    int line = 1;
    int start = 0;
    for (int i = 0; i <= body.length; i++) {
      if (i == body.length || body[i] == '\n') {
        if (!isBlank(body, start, i)) {
          if (events.size() == limits.maxBatchEvents()) {
            throw HttpError.tooLarge(
                "a batch may have at most " + limits.maxBatchEvents() + " events");
          }
          events.add(line(Arrays.copyOfRange(body, start, i), line, limits));
        }
        start = i + 1;
        line++;
      }
    }
    if (events.isEmpty()) {
      throw HttpError.badRequest("the body has no events; send one JSON object a line");
    }
    return events;
  }

  private static boolean isBlank(byte[] body, int from, int to) {
    for (int i = from; i < to; i++) {
      if (body[i] != ' ' && body[i] != '\t' && body[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private static Message<Payload> line(byte[] json, int number, HttpLimits limits)
      throws HttpError {
    try (JsonInput in = JsonInput.object(LINES, json)) {
      Message<Payload> event = event(in);
      in.end();
      if (event.payload().bytes().length > limits.maxEventBytes()) {
        throw HttpError.tooLarge(
            "line " + number + ": a payload may have at most " + limits.maxEventBytes() + " bytes");
      }
      return event;
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest("line " + number + ": " + e.getMessage());
    } catch (JsonProcessingException e) {
      throw new HttpError(
          400, "bad_json", "line " + number + " is not JSON: " + JsonInput.mistake(e));
    } catch (IOException e) {
      throw new HttpError(400, "bad_json", "line " + number + " is not UTF-8");
    }
  }

  private static Message<Payload> event(JsonInput in) throws IOException {
    Payload payload = null;
    String id = null;
    String key = null;
    Long ts = null;
    Map<String, String> headers = Map.of();
    List<String> tags = List.of();
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "payload" -> payload = in.payload();
        case "id" -> id = in.string();
        case "key" -> key = in.string();
        case "ts" -> ts = in.whole();
        case "headers" -> headers = in.stringMap();
        case "tags" -> tags = in.strings(Integer.MAX_VALUE);
        default -> in.skip();
      }
    }
    if (payload == null) {
      throw in.missing("payload");
    }
    return Message.of(
        payload, new PublishOptions(id, ts, new EventMeta(key, headers, tags, List.of(), null)));
  }
}
