package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.acl.Action;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.event.EventRecord;
import io.promlib.testkit.ManualClock;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpEdgeTest extends EdgeFixture {
  @Test
  void anEventIsPublishedWithWhatTheRequestSays() {
    HttpResponse<String> answer =
        send(
            publishing(
                    "/publish/a.b?id=i%2F1&key=k+1&ts=77",
                    "application/json; charset=UTF-8", "{\"n\": 1.50}")
                .header("X-Event-Foo-Bar", "v")
                .header("X-Other", "w"));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"id\":\"i/1\",\"seq\":1,\"duplicate\":false}");
    EventRecord event = stored("a.b").get(0);
    assertThat(event.key()).isEqualTo("k 1");
    assertThat(event.ts()).isEqualTo(77);
    assertThat(event.headers()).containsOnly(Map.entry("foo-bar", "v"));
    assertThat(new String(event.payload().bytes(), StandardCharsets.UTF_8))
        .isEqualTo("{\"n\": 1.50}");
  }

  @Test
  void anIdPublishedTwiceIsADuplicate() {
    publish("/publish/t?id=same", "1");
    assertThat(json(publish("/publish/t?id=same", "2").body()).path("duplicate").asBoolean())
        .isTrue();
    assertThat(stored("t")).hasSize(1);
  }

  @Test
  void aBatchIsPublishedLineByLine() {
    HttpResponse<String> answer =
        batch(
            "/publish/t",
            "{\"payload\": {\"x\":1} ,\"id\":\"one\",\"key\":\"k\",\"headers\":{\"h\":\"v\"},\"tags\":[\"g\"],\"ts\":5}\r\n\n{\"payload\":null}");
    assertThat(answer.body()).isEqualTo("{\"count\":2,\"first_seq\":1,\"last_seq\":2}");
    EventRecord first = stored("t").get(0);
    assertThat(first.id()).isEqualTo("one");
    assertThat(first.key()).isEqualTo("k");
    assertThat(first.tags()).containsExactly("g");
    assertThat(first.headers()).containsEntry("h", "v");
    assertThat(first.ts()).isEqualTo(5);
    assertThat(first.payload().tree().path("x").asInt()).isEqualTo(1);
    assertThat(stored("t").get(1).payload().isNull()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"payload\":1}\\n{\"payload\":| bad_json| line 2",
        "{\"payload\":1}\\n[]| bad_json| line 2",
        "{\"payload\":1}\\n{\"id\":\"x\"}| bad_request| line 2: payload is missing",
        "{\"payload\":1,\"id\":\"a b\"}| bad_request| line 1: id",
        "{\"payload\":1,\"tags\":7}| bad_request| line 1: tags",
        "{\"payload\":1,\"key\":\"\"}| bad_request| line 1: key",
        "\\n| bad_request| no events"
      })
  void aBadLineRefusesTheWholeBatch(String body, String code, String inMessage) {
    assertError(batch("/publish/t", body.replace("\\n", "\n")), 400, code, inMessage);
    assertThat(stored("t")).isEmpty();
  }

  @Test
  void mistakesAreNamed() {
    assertError(publish("/publish/t", "{"), 400, "bad_json", "JSON");
    assertError(publish("/publish/t", ""), 400, "bad_json", "empty");
    assertError(publish("/publish/t", "1 2"), 400, "bad_json", "one JSON value");
    assertError(publish("/publish/a..b", "1"), 400, "bad_request", "topic");
    assertError(publish("/publish/t?id=a%20b", "1"), 400, "bad_request", "id");
    assertError(publish("/publish/t?key=", "1"), 400, "bad_request", "key");
    assertError(publish("/publish/t?ts=noon", "1"), 400, "bad_request", "ts");
    assertError(publish("/publish/t?id=a&id=b", "1"), 400, "bad_request", "twice");
    assertError(publish("/publish/dlq.t", "1"), 403, "forbidden", "dlq");
    assertError(publish("/publish/t.snapshot", "1"), 403, "forbidden", "snapshot");
    assertError(publish("/elsewhere", "1"), 404, "not_found", "/publish/");
    assertError(publish("/publish/t/more", "1"), 404, "not_found", "/publish/");
    assertError(
        send(publishing("/publish/t", "text/plain", "1")),
        415,
        "unsupported_media_type",
        "application/json");
    assertError(
        send(publishing("/publish/t", "application/json;charset=latin1", "1")),
        415,
        "unsupported_media_type",
        "UTF-8");
    HttpResponse<String> get = send(request("/publish/t"));
    assertError(get, 405, "method_not_allowed", "POST");
    assertThat(get.headers().firstValue("Allow")).contains("POST");
    assertThat(stored("t")).isEmpty();
  }

  @Test
  void aTokenIsNeeded() {
    HttpResponse<String> none = send(request("/publish/t").POST(BodyPublishers.ofString("1")));
    assertError(none, 401, "no_token", "Bearer");
    assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertError(
        send(
            request("/publish/t")
                .header("Authorization", "Basic eA==")
                .POST(BodyPublishers.ofString("1"))),
        401,
        "no_token",
        "Bearer");
    HttpResponse<String> wrong =
        send(
            request("/publish/t")
                .header("Authorization", "Bearer wrong")
                .POST(BodyPublishers.ofString("1")));
    assertError(wrong, 401, "bad_token", "token");
    assertThat(wrong.body()).doesNotContain("wrong");
  }

  @Test
  void aTokenThatExpiredIsRefused() {
    ManualClock clock = new ManualClock();
    restart(
        b ->
            b.timing(clock)
                .auth(
                    token ->
                        new Identity(
                            "s", Policy.allowAll(), clock.wall().instant().minusMillis(1))));
    assertError(publish("/publish/t", "1"), 401, "token_expired", "expired");
  }

  @Test
  void aPolicyDecidesOnTopics() {
    Policy policy = Policy.allow(Action.PUBLISH, "in.*").build();
    restart(b -> b.auth(StaticTokenAuthenticator.of(TOKEN, policy)));
    assertThat(publish("/publish/in.a", "1").statusCode()).isEqualTo(200);
    assertError(publish("/publish/out.a", "1"), 403, "forbidden", "topic");
  }

  @Test
  void anAuthenticatorThatFailsIsAnInternalError() {
    restart(
        b ->
            b.auth(
                token -> {
                  throw new IllegalStateException("a bug");
                }));
    HttpResponse<String> answer = publish("/publish/t", "1");
    assertError(answer, 500, "internal", "log");
    assertThat(answer.body()).doesNotContain("a bug");
  }

  @Test
  void aBodyBeyondTheLimitIsTooLarge() {
    String largest = "\"" + "x".repeat((1 << 20) - 2) + "\"";
    assertThat(publish("/publish/t", largest).statusCode()).isEqualTo(200);
    assertError(publish("/publish/t", largest + " "), 413, "too_large", "1048576");
    restart(
        b -> b.limits(patient().maxEventBytes(10).maxBatchBytes(100).maxBatchEvents(2).build()));
    assertError(batch("/publish/b", "{\"payload\":\"0123456789\"}"), 413, "too_large", "line 1");
    assertError(batch("/publish/b", "{\"payload\":1}\n".repeat(3)), 413, "too_large", "2 events");
    assertError(batch("/publish/b", "{\"payload\":1}\n".repeat(10)), 413, "too_large", "100 bytes");
    assertThat(stored("b")).isEmpty();
  }

  @Test
  void bodiesBeyondTheBudgetAreToldToWait() {
    restart(b -> b.limits(patient().inboundBudget(10_000).build()));
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
    HttpResponse<String> answer = publish("/publish/t", "\"" + "x".repeat(20_000) + "\"");
    assertError(answer, 429, "too_many", "again");
    awaitNoRequest();
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
  }

  @Test
  void publishingTooFastIsToldWhenToGoOn() {
    ManualClock clock = new ManualClock();
    restart(b -> b.timing(clock).limits(HttpLimits.builder().publishRate(4).topicRate(2).build()));
    assertThat(batch("/publish/t", "{\"payload\":1}\n{\"payload\":2}").statusCode()).isEqualTo(200);
    HttpResponse<String> refused = publish("/publish/t", "3");
    assertError(refused, 429, "rate_limited", "topic");
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    assertThat(publish("/publish/u", "1").statusCode()).isEqualTo(200);
    assertThat(publish("/publish/u", "1").statusCode()).isEqualTo(200);
    assertError(publish("/publish/v", "1"), 429, "rate_limited", "client");
    clock.advance(Duration.ofSeconds(1));
    assertThat(publish("/publish/t", "3").statusCode()).isEqualTo(200);
  }

  @Test
  void healthIsOpenAndContentIsServed() {
    restart(
        b ->
            b.serve(
                "/page.mjs",
                "text/javascript",
                "export {}".getBytes(StandardCharsets.UTF_8),
                Map.of("Cache-Control", "no-cache")));
    assertThat(send(request("/healthz")).body()).isEqualTo("ok\n");
    HttpResponse<String> page = send(request("/page.mjs"));
    assertThat(page.body()).isEqualTo("export {}");
    assertThat(page.headers().firstValue("Content-Type")).contains("text/javascript");
    assertThat(page.headers().firstValue("Cache-Control")).contains("no-cache");
    assertError(send(request("/healthz").DELETE()), 405, "method_not_allowed", "GET");
    assertThatThrownBy(() -> HttpEdge.of(bus).serve("/publish/x", "text/plain", new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void closingLeavesNoThread() {
    publish("/publish/t", "1");
    edge.close();
    edge.close();
    await().untilAsserted(() -> assertThat(edge.requests()).isZero());
    await()
        .untilAsserted(
            () ->
                assertThat(Thread.getAllStackTraces().keySet())
                    .noneMatch(
                        thread ->
                            thread.getName().startsWith("HTTP-Dispatcher")
                                || thread.getName().startsWith("prom-http-")));
    assertThatThrownBy(() -> publish("/publish/t", "1")).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void anEdgeNeedsAnAuthenticatorAndAFreePort() {
    assertThatThrownBy(() -> HttpEdge.of(bus).port(0).start())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("auth");
    int taken = edge.address().getPort();
    assertThatThrownBy(() -> start(b -> b.port(taken)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("127.0.0.1:" + taken);
    assertThatThrownBy(() -> start(b -> b.bind("no host").port(0)))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessage("cannot listen on no host:0: there is no such host");
  }
}
