package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Identity;
import io.promlib.acl.Policy;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.testkit.ManualClock;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may read, how many at a time, and how long. */
class HttpReadAccessTest extends EdgeFixture {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Topic<Payload> T = new Topic<>("t", JsonNode.class);

  private static final int MANY = 16;

  private final ManualClock clock = new ManualClock();
  private final List<RawHttp> peers = new ArrayList<>();

  @AfterEach
  void hangUp() {
    peers.forEach(RawHttp::close);
  }

  private void policy(Policy policy) {
    restart(b -> b.auth(token -> new Identity("me", policy, null)));
  }

  /** More than what stands between two sockets takes. */
  private void publishMuch() {
    for (int i = 0; i < MANY; i++) {
      bus.publish(T, Payload.of("x".repeat(900_000)));
    }
  }

  private RawHttp dial(String path) {
    RawHttp peer = dial().write(getting(path));
    peers.add(peer);
    return peer;
  }

  private void awaitRequests(int count) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(edge.requests()).isEqualTo(count));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/replay?topic=t", "/export?topic=t", "/snap/t", "/snap/t/k"})
  void readingNeedsATokenThatAllowsIt(String path) {
    bus.publish(T, Payload.of(1), PublishOptions.none().key("k"));
    assertThat(get(path).statusCode()).isEqualTo(200);
    assertError(send(request(path).GET()), 401, "no_token", "send a token");
    assertError(
        send(request(path).header("Authorization", "Bearer guess").GET()), 401, "bad_token", "");
    policy(Policy.allow(Action.SUBSCRIBE, "t").build());
    assertThat(get(path).statusCode()).isEqualTo(200);
    policy(Policy.allow(Action.PUBLISH, "**").allow(Action.SUBSCRIBE, "other").build());
    assertError(get(path), 403, "forbidden", "read");
    policy(Policy.denyAll());
    assertError(get(path), 403, "forbidden", "read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/replay?topic=t", "/export?topic=t", "/snap/t", "/snap/t/k"})
  void aRuleThatNamesGroupsDeniesAReaderWithoutOne(String path) {
    bus.publish(T, Payload.of(1), PublishOptions.none().key("k"));
    policy(Policy.allow(Action.SUBSCRIBE, "t").groups("billing").allow(Action.ANY, "**").build());
    assertError(get(path), 403, "forbidden", "read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/replay?topic=t", "/export?topic=t", "/snap/t", "/snap/t/k"})
  void anotherMethodIsRefused(String path) {
    for (String method : List.of("HEAD", "POST", "PUT", "DELETE")) {
      HttpResponse<String> answer = send(reading(path).method(method, BodyPublishers.noBody()));
      assertThat(answer.statusCode()).as(method).isEqualTo(405);
      assertThat(answer.headers().firstValue("Allow")).contains("GET");
    }
    assertError(
        send(reading(path).method("GET", BodyPublishers.ofString("1"))),
        400,
        "bad_request",
        "without a body");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/replay/", "/replay/t?topic=t", "/export/t", "/snap", "/snaps/t"})
  void whatIsBesideThePathsIsNotThere(String path) {
    assertError(get(path), 404, "not_found", "/snap/{topic}");
  }

  @Test
  void theBusesOwnTopicsAreReadAsOthersAre() {
    assertThat(get("/replay?topic=dlq.t").statusCode()).isEqualTo(200);
    assertThat(get("/snap/t.snapshot").statusCode()).isEqualTo(200);
  }

  @Test
  void soManyExportsAtATimeAndNoMore() {
    publishMuch();
    limits(l -> l.maxExports(2));
    RawHttp first = dial("/export?topic=t");
    dial("/export?topic=t");
    await().atMost(PATIENCE).until(() -> peers.stream().allMatch(RawHttp::hasAnswer));
    HttpResponse<String> refused = get("/export?topic=t");
    assertError(refused, 429, "too_many", "as many exports as it may");
    assertThat(refused.headers().firstValue("Retry-After")).contains("1");
    assertThat(get("/replay?topic=t&limit=1").statusCode()).isEqualTo(200);
    first.close();
    await()
        .atMost(PATIENCE)
        .until(() -> get("/export?topic=t&fromSeq=" + MANY).statusCode() == 200);
  }

  @Test
  void oneAddressHasSoManyOfThem() {
    publishMuch();
    limits(l -> l.maxExportsPerAddress(1));
    dial("/export?topic=t");
    await().atMost(PATIENCE).until(() -> peers.get(0).hasAnswer());
    assertError(get("/export?topic=t"), 429, "too_many", "this address has as many exports");
    try (RawHttp other = RawHttp.dial(edge.address(), 2)) {
      other.write(getting("/export?topic=t&fromSeq=" + (MANY + 1)));
      assertThat(other.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void soManyReadsAtATimeAndNoMore() {
    publishMuch();
    limits(l -> l.maxReads(2).maxReadsPerAddress(1).maxAnswerBytes(64 << 20));
    dial("/replay?topic=t");
    await().atMost(PATIENCE).until(() -> peers.get(0).hasAnswer());
    assertError(get("/snap/t"), 429, "too_many", "this address has as many reads");
    assertThat(get("/export?topic=t&fromSeq=" + (MANY + 1)).statusCode()).isEqualTo(200);
    try (RawHttp other = RawHttp.dial(edge.address(), 2).write(getting("/replay?topic=t"))) {
      await().atMost(PATIENCE).until(other::hasAnswer);
      try (RawHttp third = RawHttp.dial(edge.address(), 3).write(getting("/snap/t"))) {
        assertError(third.answer(), 429, "too_many", "the edge has as many reads");
      }
    }
  }

  @Test
  void aReaderThatTakesNothingLosesItsExport() {
    publishMuch();
    restart(
        b -> b.timing(clock).limits(HttpLimits.builder().stallTime(Duration.ofSeconds(3)).build()));
    RawHttp peer = dial("/export?topic=t");
    await().atMost(PATIENCE).until(peer::hasAnswer);
    awaitRequests(1);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              clock.advance(Duration.ofSeconds(3));
              return edge.requests() == 0;
            });
    assertThat(peer.rest()).startsWith("HTTP/1.1 200").doesNotContain("END");
  }

  @Test
  void aReaderThatGoesOnMayTakeAnyTime() {
    publishMuch();
    restart(
        b -> b.timing(clock).limits(HttpLimits.builder().stallTime(Duration.ofHours(1)).build()));
    RawHttp peer = dial("/export?topic=t");
    await().atMost(PATIENCE).until(peer::hasAnswer);
    clock.advance(Duration.ofMinutes(30));
    String all = peer.rest("\"op\":\"END\"");
    assertThat(all).contains("{\"op\":\"END\",\"count\":%d,\"last_seq\":%d}".formatted(MANY, MANY));
  }

  @Test
  void aTokenThatExpiresEndsItsExport() {
    for (int i = 0; i < 1000; i++) {
      bus.publish(T, Payload.of("x".repeat(30_000)));
    }
    restart(
        b ->
            b.timing(clock)
                .limits(HttpLimits.builder().stallTime(Duration.ofHours(1)).build())
                .auth(
                    token ->
                        new Identity(
                            "me", Policy.allowAll(), clock.wall().instant().plusSeconds(60))));
    RawHttp peer = dial("/export?topic=t");
    await().atMost(PATIENCE).until(peer::hasAnswer);
    clock.advance(Duration.ofMinutes(1));
    assertThat(peer.rest()).contains("\"seq\":1,").doesNotContain("\"seq\":1000,", "END");
    awaitRequests(0);
  }

  @Test
  void closingTheEdgeCutsAnExport() {
    publishMuch();
    RawHttp peer = dial("/export?topic=t");
    await().atMost(PATIENCE).until(peer::hasAnswer);
    edge.close();
    assertThat(peer.rest()).doesNotContain("END");
  }
}
