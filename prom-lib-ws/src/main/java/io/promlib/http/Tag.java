package io.promlib.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A strong entity tag of events (RFC 9110, 8.8.3): what has the same events, by position and id, in
 * the same order is the same answer, byte for byte, since an event never changes.
 */
final class Tag {
  private final List<String> parts = new ArrayList<>();

  void add(EventRecord event) {
    parts.add(event.seq() + " " + event.at() + " " + event.id());
  }

  void add(String part) {
    parts.add(part);
  }

  /** Sets the headers; answers 304 and is true if the client has this very answer. */
  boolean isKnown(HttpExchange exchange) throws IOException {
    String tag = '"' + Ids.derived(parts.toArray(String[]::new)).substring(0, 32) + '"';
    Headers answer = exchange.getResponseHeaders();
    answer.set("ETag", tag);
    answer.set("Cache-Control", "private, no-cache");
    for (String line : exchange.getRequestHeaders().getOrDefault("If-None-Match", List.of())) {
      for (String known : line.split(",", -1)) {
        String stripped = known.strip();
        if (stripped.equals("*") || stripped.equals(tag) || stripped.equals("W/" + tag)) {
          exchange.sendResponseHeaders(304, -1);
          return true;
        }
      }
    }
    return false;
  }
}
