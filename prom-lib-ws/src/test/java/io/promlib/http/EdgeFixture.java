package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** An edge of a bus in memory, and clients of it that behave and that do not. */
abstract class EdgeFixture {
  static final String TOKEN = "a-token-of-the-tests";
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  EventBus bus = EventBus.inMemory();
  HttpEdge edge = start(builder -> builder);

  @AfterEach
  void stop() {
    // A close waits a second for requests that are under way.
    awaitNoRequest();
    edge.close();
    bus.close();
  }

  HttpEdge start(UnaryOperator<HttpEdge.Builder> change) {
    HttpEdge.Builder builder =
        HttpEdge.of(bus).port(0).auth(StaticTokenAuthenticator.of(TOKEN)).limits(patient().build());
    return change.apply(builder).start();
  }

  /** For what is to succeed, however slow the machine is. */
  static HttpLimits.Builder patient() {
    Duration minute = Duration.ofMinutes(1);
    return HttpLimits.builder().headerTime(minute).requestTime(minute).stallTime(minute);
  }

  void restart(UnaryOperator<HttpEdge.Builder> change) {
    edge.close();
    edge = start(change);
  }

  void limits(UnaryOperator<HttpLimits.Builder> change) {
    restart(b -> b.limits(change.apply(patient()).build()));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + edge.address().getPort() + path))
        .timeout(Duration.ofMinutes(2));
  }

  HttpRequest.Builder publishing(String path, String type, String body) {
    return request(path)
        .header("Authorization", "Bearer " + TOKEN)
        .header("Content-Type", type)
        .POST(BodyPublishers.ofString(body));
  }

  static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  HttpResponse<String> publish(String path, String body) {
    return send(publishing(path, "application/json", body));
  }

  HttpResponse<String> batch(String path, String body) {
    return send(publishing(path, "application/x-ndjson", body));
  }

  HttpRequest.Builder reading(String path) {
    return request(path).header("Authorization", "Bearer " + TOKEN).GET();
  }

  HttpResponse<String> get(String path) {
    return send(reading(path));
  }

  static JsonNode json(String body) {
    try {
      return Json.mapper().readTree(body);
    } catch (JsonProcessingException e) {
      throw new AssertionError(body, e);
    }
  }

  static void assertError(
      HttpResponse<String> response, int status, String code, String inMessage) {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(json(response.body()).path("error").asText()).isEqualTo(code);
    assertThat(json(response.body()).path("message").asText()).contains(inMessage);
    assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
  }

  static void assertError(RawHttp.Answer answer, int status, String code, String inMessage) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    assertThat(json(answer.body()).path("error").asText()).isEqualTo(code);
    assertThat(json(answer.body()).path("message").asText()).contains(inMessage);
  }

  /** Who was answered may still have its thread, and what that holds. */
  void awaitNoRequest() {
    await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> edge.requests() == 0);
  }

  RawHttp dial() {
    return RawHttp.dial(edge.address(), 1);
  }

  /** One request on a connection of its own. */
  RawHttp.Answer raw(String head, String body) {
    return raw(head, body.getBytes(StandardCharsets.UTF_8));
  }

  RawHttp.Answer raw(String head, byte[] body) {
    try (RawHttp peer = dial()) {
      peer.write(head, body);
      return peer.answer();
    }
  }

  /** The lines of a publish that may be sent, without the empty one behind them. */
  static String head(String path) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer "
        + TOKEN
        + "\r\n";
  }

  /** The same of a read, whole. */
  static String getting(String path) {
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN + "\r\n\r\n";
  }

  static String length(int bytes) {
    return "Content-Length: " + bytes + "\r\n\r\n";
  }

  List<EventRecord> stored(String topic) {
    return bus.admin().read(topic, 1, 1000).events();
  }
}
