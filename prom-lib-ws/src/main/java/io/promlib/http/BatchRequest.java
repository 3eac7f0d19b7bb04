package io.promlib.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.sun.net.httpserver.Headers;
import io.promlib.event.EventMeta;
import io.promlib.event.JsonInput;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Utf8;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The events of an NDJSON body, one a line, all of them or none. */
final class BatchRequest {
  private final HttpLimits limits;

  private BatchRequest(HttpLimits limits) {
    this.limits = limits;
  }

  /** Refuses what only a request with one event can say, since no line would get it. */
  static BatchRequest of(@Nullable String rawQuery, Headers headers, HttpLimits limits)
      throws HttpError {
    if (rawQuery != null || EventHeaders.areIn(headers)) {
      throw HttpError.badRequest(
          "a batch takes id, key, ts and headers in its lines, not in the query or X-Event-*");
    }
    return new BatchRequest(limits);
  }

  /** Empty lines are passed over. */
  List<Message<Payload>> events(byte[] body) throws HttpError {
    List<Message<Payload>> events = new ArrayList<>();
    int number = 1;
    int start = 0;
    for (int i = 0; i <= body.length; i++) {
      if (i == body.length || body[i] == '\n') {
        if (!isBlank(body, start, i)) {
          if (events.size() == limits.maxBatchEvents()) {
            throw HttpError.tooLarge(
                "a batch may have at most " + limits.maxBatchEvents() + " events");
          }
          events.add(line(Arrays.copyOfRange(body, start, i), number));
        }
        start = i + 1;
        number++;
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

  private Message<Payload> line(byte[] json, int number) throws HttpError {
    try (JsonInput in = JsonInput.object(StrictJson.PARSERS, json)) {
      Message<Payload> event = event(in);
      in.end();
      requireSize(event.payload().bytes().length, json.length, number);
      return event;
    } catch (IllegalArgumentException e) {
      throw HttpError.badRequest("line " + number + ": " + e.getMessage());
    } catch (JsonProcessingException e) {
      throw StrictJson.bad("line " + number + " is not JSON: " + JsonInput.mistake(e));
    } catch (IOException e) {
      throw StrictJson.bad("line " + number + " is not UTF-8");
    }
  }

  private void requireSize(int payload, int line, int number) throws HttpError {
    if (payload > limits.maxEventBytes()) {
      throw HttpError.tooLarge(
          "line " + number + ": a payload may have at most " + limits.maxEventBytes() + " bytes");
    }
    if (line - payload > HttpLimits.META_BYTES) {
      throw HttpError.tooLarge(
          "line "
              + number
              + ": what is beside the payload may have at most "
              + HttpLimits.META_BYTES
              + " bytes");
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
    requireWhole("id", id);
    requireWhole("key", key);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      requireWhole("headers", header.getKey());
      requireWhole("headers", header.getValue());
    }
    tags.forEach(tag -> requireWhole("tags", tag));
    return Message.of(
        payload, new PublishOptions(id, ts, new EventMeta(key, headers, tags, List.of(), null)));
  }

  private static void requireWhole(String field, @Nullable String text) {
    if (text != null && !Utf8.hasWholePairs(text)) {
      throw new IllegalArgumentException(field + " has half of a surrogate pair");
    }
  }
}
