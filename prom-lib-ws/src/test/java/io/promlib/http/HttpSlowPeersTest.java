package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpSlowPeersTest extends EdgeFixture {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int GOOD = 2;

  private final ManualClock clock = new ManualClock();
  private final List<RawHttp> peers = new ArrayList<>();

  @AfterEach
  void hangUp() {
    peers.forEach(RawHttp::close);
  }

  private void clockedLimits(Consumer<HttpLimits.Builder> change) {
    HttpLimits.Builder limits = HttpLimits.builder();
    change.accept(limits);
    restart(b -> b.timing(clock).limits(limits.build()));
  }

  private void dial(int count, String start) {
    for (int i = 0; i < count; i++) {
      peers.add(dial().write(start));
    }
  }

  private void awaitRequests(int count) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(edge.requests()).isEqualTo(count));
  }

  /** A client at another address, on connections of its own and on one that it keeps. */
  private void assertOthersAreServed() {
    try (RawHttp kept = RawHttp.dial(edge.address(), GOOD)) {
      for (int i = 0; i < 10; i++) {
        assertThat(kept.write(head("/publish/good") + length(1) + "1").answer().status())
            .isEqualTo(200);
        try (RawHttp once = RawHttp.dial(edge.address(), GOOD)) {
          assertThat(once.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").answer().body())
              .isEqualTo("ok\n");
        }
      }
    }
  }

  private void awaitNoPlaceLeft() {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertError(publish("/publish/x", "1"), 429, "too_many", "this address"));
  }

  @Test
  void headersThatAreNotCompleteInTimeLoseTheirConnection() {
    clockedLimits(limits -> limits.headerTime(Duration.ofSeconds(3)));
    dial(1, "GET /heal");
    // The times for the header lines and for the whole are watched.
    await().until(() -> clock.pending() == 2);
    clock.advance(Duration.ofSeconds(2));
    peers.get(0).write("thz HTTP/1.1\r\n");
    assertThat(edge.requests()).isEqualTo(1);
    clock.advance(Duration.ofSeconds(1));
    assertThat(peers.get(0).answer().status()).isZero();
    awaitRequests(0);
  }

  @Test
  void aBodyMayTakeLongerThanHeadersButNotForEver() {
    clockedLimits(limits -> limits.maxPerAddress(2));
    dial(2, head("/publish/t") + length(100) + "1");
    awaitNoPlaceLeft();
    clock.advance(Duration.ofMillis(9_999));
    assertThat(peers.get(0).write(" ".repeat(99)).answer().status()).isEqualTo(200);
    clock.advance(Duration.ofMillis(1));
    assertThat(peers.get(1).answer().status()).isZero();
    assertThat(stored("t")).hasSize(1);
    awaitRequests(0);
  }

  @Test
  void twoHundredThatDribbleHeadersStarveNobody() {
    clockedLimits(limits -> limits.maxOpening(50));
    dial(200, "POST /publish/t HTTP/1.1\r\nHo");
    awaitRequests(50);
    assertOthersAreServed();
    clock.advance(Duration.ofSeconds(10));
    peers.forEach(peer -> assertThat(peer.answer().status()).isZero());
    awaitRequests(0);
    assertOthersAreServed();
  }

  @Test
  void whoSendsItsHeadersTheLongestMakesRoom() {
    clockedLimits(limits -> limits.maxOpening(2));
    for (int i = 0; i < 3; i++) {
      dial(1, "GET /healthz HTTP/1.1\r\n");
      awaitRequests(Math.min(2, i + 1));
    }
    assertThat(peers.get(0).answer().status()).isZero();
    assertThat(peers.get(1).write("Host: x\r\n\r\n").answer().status()).isEqualTo(200);
    assertThat(peers.get(2).write("Host: x\r\n\r\n").answer().status()).isEqualTo(200);
  }

  @Test
  void twoHundredThatDribbleBodiesStarveNobody() {
    int buffers = 64 * (8 << 10);
    clockedLimits(limits -> limits.maxEventBytes(buffers).inboundBudget(buffers + (16 << 10)));
    dial(200, head("/publish/t") + length(1000) + "1");
    awaitRequests(200);
    assertOthersAreServed();
    await()
        .atMost(PATIENCE)
        .until(() -> peers.stream().filter(RawHttp::hasAnswer).count() == 200 - 64);
    clock.advance(Duration.ofSeconds(10));
    assertThat(peers.stream().map(RawHttp::answer).filter(answer -> answer.status() == 429))
        .hasSize(200 - 64)
        .allMatch(answer -> answer.head().contains("retry-after: 1"));
    awaitRequests(0);
    assertThat(stored("t")).isEmpty();
    String all = "\"" + "x".repeat(buffers - 2) + "\"";
    assertThat(publish("/publish/t", all).statusCode()).isEqualTo(200);
  }

  @Test
  void twoHundredSilentConnectionsHoldNoThread() {
    dial(200, "");
    assertOthersAreServed();
    awaitRequests(0);
    edge.close();
    peers.forEach(peer -> assertThat(peer.isEnded()).isTrue());
  }

  @Test
  void anAddressHasSoManyRequestsAtWorkAndTheEdgeInAll() {
    clockedLimits(limits -> limits.maxPerAddress(2).maxRequests(3));
    dial(2, head("/publish/t") + length(2) + "1");
    awaitNoPlaceLeft();
    peers.add(RawHttp.dial(edge.address(), GOOD).write(head("/publish/t") + length(2) + "1"));
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              try (RawHttp third = RawHttp.dial(edge.address(), 3)) {
                assertError(
                    third.write(head("/publish/u") + length(1) + "1").answer(),
                    429,
                    "too_many",
                    "the edge");
              }
            });
    assertThat(send(request("/healthz")).statusCode()).isEqualTo(200);
    peers.forEach(peer -> assertThat(peer.write(" ").answer().status()).isEqualTo(200));
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200));
  }

  @Test
  void whoWasRefusedIsNotWaitedForLong() {
    clockedLimits(limits -> limits.maxPerAddress(1));
    dial(1, "POST /publish/t HTTP/1.1\r\nHost: x\r\n" + length(1000) + "1");
    assertThat(peers.get(0).answer().status()).isEqualTo(401);
    assertThat(publish("/publish/t", "1").statusCode()).isEqualTo(200);
    clock.advance(Duration.ofSeconds(5));
    assertThat(peers.get(0).isEnded()).isTrue();
    awaitRequests(0);
  }
}
