package io.promlib.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.OutputStream;

/** Writes answers. */
final class Answer {
  private Answer() {}

  static ObjectNode json() {
    return Json.mapper().createObjectNode();
  }

  static void send(HttpExchange exchange, int status, ObjectNode body) throws IOException {
    send(exchange, status, "application/json", bytes(body));
  }

  static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("X-Content-Type-Options", "nosniff");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  static void send(HttpExchange exchange, HttpError error) throws IOException {
    if (error.retrySeconds() > 0) {
      exchange.getResponseHeaders().set("Retry-After", Long.toString(error.retrySeconds()));
    }
    if (error.status() == 401) {
      exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
    }
    send(
        exchange,
        error.status(),
        json().put("error", error.code()).put("message", error.message()));
  }

  private static byte[] bytes(ObjectNode body) throws IOException {
    try {
      return Json.mapper().writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IOException(e);
    }
  }
}
