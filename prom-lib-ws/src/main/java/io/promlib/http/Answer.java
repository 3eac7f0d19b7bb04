package io.promlib.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Writes answers. */
final class Answer {
  private Answer() {}

  static ObjectNode json() {
    return Json.mapper().createObjectNode();
  }

  /** An answer of this moment, which nobody is to keep. */
  static void send(HttpExchange exchange, ObjectNode body) throws IOException {
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    send(exchange, "application/json", bytes(body));
  }

  static void send(HttpExchange exchange, String type, byte[] body) throws IOException {
    if (begin(exchange, 200, type, body.length)) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }

  /** An answer in three parts, of which the second may be large. */
  static void send(
      HttpExchange exchange, String type, byte[] head, ByteArrayOutputStream middle, byte[] tail)
      throws IOException {
    if (begin(exchange, 200, type, head.length + middle.size() + tail.length)) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(head);
        middle.writeTo(out);
        out.write(tail);
      }
    }
  }

  /**
   * Sends a refusal before what is left of the request is looked at: the server would wait for it
   * when the answer is closed.
   */
  static void refuse(HttpExchange exchange, HttpError error, Body unread) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Cache-Control", "no-store");
    if (error.retrySeconds() > 0) {
      headers.set("Retry-After", Long.toString(error.retrySeconds()));
    }
    error.challenge().ifPresent(challenge -> headers.set("WWW-Authenticate", challenge));
    if (error.closes() || unread.isMuchLeft()) {
      headers.set("Connection", "close");
    }
    byte[] body = bytes(json().put("error", error.code()).put("message", error.message()));
    if (begin(exchange, error.status(), "application/json", body.length)) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
        out.flush();
        unread.passOver();
      }
    }
  }

  /** Whether a body is to follow. */
  private static boolean begin(HttpExchange exchange, int status, String type, int length)
      throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("X-Content-Type-Options", "nosniff");
    boolean follows = length > 0 && !exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, follows ? length : -1);
    return follows;
  }

  private static byte[] bytes(ObjectNode body) throws IOException {
    try {
      return Json.mapper().writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IOException(e);
    }
  }
}
