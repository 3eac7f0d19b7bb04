package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.event.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** An answer, made as a whole before a byte of it is sent. */
final class Answer {
  static final String TEXT = "text/plain; charset=utf-8";

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
          + " data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

  private final int status;
  private final String type;
  private final byte[] body;

  Answer(int status, String type, byte[] body) {
    this.status = status;
    this.type = type;
    this.body = body;
  }

  /** Writes the fields of an object. */
  interface Fields {
    void write(JsonGenerator out) throws IOException, OpsError;
  }

  static Answer json(Fields fields) throws IOException, OpsError {
    return json(200, fields);
  }

  static Answer json(int status, Fields fields) throws IOException, OpsError {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator out = Json.parsers().generator(bytes)) {
      out.writeStartObject();
      fields.write(out);
      out.writeEndObject();
    }
    return new Answer(status, "application/json", bytes.toByteArray());
  }

  /** A refusal; what is left of the request is not waited for. */
  static void refuse(HttpExchange exchange, OpsError error) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    if (error.passes()) {
      headers.set("Retry-After", "1");
    }
    if (error.status() == 401) {
      // RFC 6750, 3: the reason only where a token was given.
      headers.set(
          "WWW-Authenticate",
          error.code().equals(OpsError.NO_TOKEN) ? "Bearer" : "Bearer error=\"invalid_token\"");
    }
    if (exchange.getRequestBody().available() > 0 || error.status() == 413) {
      headers.set("Connection", "close");
    }
    Answer answer;
    try {
      answer =
          json(
              error.status(),
              out -> {
                out.writeStringField("error", error.code());
                out.writeStringField("message", error.message());
              });
    } catch (OpsError never) {
      throw new IOException(never);
    }
    answer.send(exchange);
  }

  void send(HttpExchange exchange) throws IOException {
    Headers headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type);
    headers.set("Cache-Control", "no-store");
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("X-Frame-Options", "DENY");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    boolean follows = body.length > 0 && !exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, follows ? body.length : -1);
    if (follows) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    }
  }
}
