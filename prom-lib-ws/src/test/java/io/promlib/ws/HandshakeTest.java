package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.promlib.testkit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Opening handshakes as hostile and mistaken peers send them. */
class HandshakeTest {
  private static final List<String> GOOD =
      List.of(
          "GET / HTTP/1.1",
          "Host: localhost",
          "Upgrade: websocket",
          "Connection: keep-alive, Upgrade",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==");

  private final ManualClock clock = new ManualClock();
  private Fixture on;

  @BeforeEach
  void start() {
    on =
        Fixture.with(
            b ->
                b.timing(clock)
                    .origins(Set.of("https://good.example"))
                    .limits(GatewayLimits.builder().maxPerAddress(2000).build()));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] request(List<String> lines) {
    return ascii(String.join("\r\n", lines) + "\r\n\r\n");
  }

  /** The good handshake with the line that begins so replaced, or left out if there is no other. */
  private static byte[] with(String begin, String... others) {
    List<String> lines = new ArrayList<>();
    for (String line : GOOD) {
      if (line.startsWith(begin)) {
        lines.addAll(List.of(others));
      } else {
        lines.add(line);
      }
    }
    return request(lines);
  }

  private static byte[] withMore(String... more) {
    List<String> lines = new ArrayList<>(GOOD);
    lines.addAll(List.of(more));
    return request(lines);
  }

  private String answer(byte[] request) {
    try (RawPeer client = RawPeer.dial(on.address())) {
      client.write(request);
      StringBuilder all = new StringBuilder();
      for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
        all.append(line).append('\n');
      }
      if (!all.toString().contains(" 101 ")) {
        all.append(client.readLine());
        assertThat(client.sawEnd()).isTrue();
      }
      return all.toString();
    }
  }

  private void othersAreServed() {
    try (Peer good = on.login()) {
      assertThat(good.ask("{'op':'PUBLISH','topic':'t','payload':1}").path("op").asText())
          .isEqualTo("OK");
    }
  }

  @Test
  void aGoodHandshakeIsAnswered() {
    assertThat(answer(request(GOOD))).startsWith("HTTP/1.1 101 ");
  }

  @ParameterizedTest
  @CsvSource({
    "Upgrade:, 426, WebSocket",
    "Connection:, 426, WebSocket",
    "Host:, 400, Host",
    "Sec-WebSocket-Version:, 426, 13",
    "Sec-WebSocket-Key:, 400, Sec-WebSocket-Key",
  })
  void aHandshakeWithoutAHeaderThatItNeedsIsRefusedByItsName(
      String header, String status, String named) {
    assertThat(answer(with(header))).startsWith("HTTP/1.1 " + status + " ").contains(named);
    othersAreServed();
  }

  @Test
  void aPlainRequestIsToldWhatThisPortSpeaks() {
    assertThat(answer(ascii("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")))
        .startsWith("HTTP/1.1 426 Upgrade Required\n")
        .contains("Upgrade: websocket\n")
        .contains("this port speaks WebSocket only");
  }

  @Test
  void anotherVersionIsToldTheOneThatIsSpoken() {
    assertThat(answer(with("Sec-WebSocket-Version:", "Sec-WebSocket-Version: 8")))
        .startsWith("HTTP/1.1 426 ")
        .contains("\nSec-WebSocket-Version: 13\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dGhlIHNhbXBsZQ==", "=", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "é"})
  void aKeyThatIsNot16BytesIsRefused(String key) {
    assertThat(answer(with("Sec-WebSocket-Key:", "Sec-WebSocket-Key: " + key)))
        .startsWith("HTTP/1.1 400 ");
  }

  @Test
  void twoHostHeadersAreRefused() {
    assertThat(answer(with("Host:", "Host: localhost", "Host: other"))).startsWith("HTTP/1.1 400 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/other", "/..", "//", "*", "http://localhost/", "/%2f"})
  void anotherPathIsNotServed(String path) {
    assertThat(answer(with("GET", "GET " + path + " HTTP/1.1"))).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void aQueryIsPassedOver() {
    assertThat(answer(with("GET", "GET /?a=b HTTP/1.1"))).startsWith("HTTP/1.1 101 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.0",
        "GET / HTTP/2.0",
        "GET /",
        "GET  / HTTP/1.1",
        "POST / HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "PRI * HTTP/2.0"
      })
  void anotherRequestLineIsRefused(String line) {
    assertThat(answer(with("GET", line))).startsWith("HTTP/1.1 404 ");
    othersAreServed();
  }

  @Test
  void aLineThatIsNoHeaderIsRefused() {
    assertThat(answer(withMore("no header"))).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void garbageIsCutAtItsFirstByte() {
    assertThat(answer(ascii("\0\1\2\3"))).startsWith("HTTP/1.1 404 ");
    assertThat(answer(ascii("\n"))).startsWith("HTTP/1.1 404 ");
    othersAreServed();
  }

  @Test
  void tlsOnAPlainPortIsCutAtItsFirstByte() {
    byte[] clientHello = {0x16, 3, 1, 0, (byte) 0xc8, 1, 0, 0, (byte) 0xc4, 3, 3};
    assertThat(answer(clientHello)).startsWith("HTTP/1.1 404 ");
  }

  @Test
  void aHandshakeInManyPacketsIsRead() {
    try (RawPeer client = RawPeer.dial(on.address())) {
      for (byte b : request(GOOD)) {
        client.write(new byte[] {b});
      }
      assertThat(client.readLine()).startsWith("HTTP/1.1 101 ");
      while (!client.readLine().isEmpty()) {
        // Headers.
      }
      client.login();
    }
  }

  @Test
  void framesInThePacketOfTheHandshakeAreRead() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(request(GOOD));
    all.writeBytes(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '{', '}'});
    try (RawPeer client = RawPeer.dial(on.address()).write(all.toByteArray())) {
      while (!client.readLine().isEmpty()) {
        // Headers.
      }
      assertThat(client.read().text()).contains("bad_request");
    }
  }

  @Test
  void aHandshakeThatComesByteByByteHasTheTimeOfAnAuthAndNoMore() {
    try (RawPeer slow = RawPeer.dial(on.address())) {
      byte[] request = request(GOOD);
      await().until(() -> on.gateway.connections() == 1 && clock.pending() == 1);
      for (int i = 0; i < 9; i++) {
        slow.write(new byte[] {request[i]});
        clock.advance(Duration.ofSeconds(1));
      }
      clock.advance(Duration.ofSeconds(1));
      assertThat(slow.sawEnd()).isTrue();
    }
    await().untilAsserted(() -> assertThat(on.closes).containsExactly(4401));
    othersAreServed();
  }

  @Test
  void aHeaderLineOf100KiBIsCut() {
    RawPeer client = RawPeer.dial(on.address());
    client.tryToWrite(withMore("X: " + "y".repeat(100 << 10)));
    assertThat(client.sawEnd()).isTrue();
    client.close();
    othersAreServed();
  }

  @Test
  void tenThousandHeadersAreCut() {
    StringBuilder many = new StringBuilder("A: b");
    for (int i = 0; i < 10_000; i++) {
      many.append("\r\nA: b");
    }
    RawPeer client = RawPeer.dial(on.address());
    client.tryToWrite(withMore(many.toString()));
    assertThat(client.sawEnd()).isTrue();
    client.close();
    othersAreServed();
  }

  @Test
  void manyHeadersThatFitAreTaken() {
    String[] more = new String[100];
    for (int i = 0; i < more.length; i++) {
      more[i] = "X-" + i + ": " + "v".repeat(100);
    }
    assertThat(answer(withMore(more))).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void aHandshakeOf16KiBThatComesByteByByteCostsLittle() {
    StringBuilder lines = new StringBuilder("GET / HTTP/1.1\r\n");
    lines.append("a:\r\n".repeat(100)).append("X: ").append("y".repeat(15_000));
    try (RawPeer client = RawPeer.dial(on.address())) {
      for (byte b : ascii(lines.toString())) {
        client.write(new byte[] {b});
      }
      othersAreServed();
      clock.advance(Duration.ofSeconds(10));
      assertThat(client.sawEnd()).isTrue();
    }
  }

  @Test
  void handshakesThatWaitForTheirEndArePaidFromTheBudget() {
    byte[] half = ascii("GET / HTTP/1.1\r\nX: " + "y".repeat(14_000));
    List<RawPeer> waiting = new ArrayList<>();
    try (Fixture tight =
        Fixture.limited(l -> l.maxEventBytes(1000).inboundBudget(160 << 10).maxPerAddress(50))) {
      // A quarter of 160 KiB holds no more than four of them, 4 KiB of each being free.
      for (int i = 0; i < 20; i++) {
        waiting.add(RawPeer.dial(tight.address()).tryToWrite(half));
      }
      await().untilAsserted(() -> assertThat(tight.closes).hasSize(16));
      assertThat(tight.gateway.connections()).isEqualTo(4);
      try (Peer good = tight.login()) {
        assertThat(good.refusal("{}")).isEqualTo("bad_request");
      }
    } finally {
      waiting.forEach(RawPeer::close);
    }
  }

  @Test
  void compressionIsNotAgreedToWhateverIsOffered() {
    for (String offer :
        List.of(
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits; server_no_context_takeover",
            "x-webkit-deflate-frame, permessage-bzip2")) {
      assertThat(answer(withMore("Sec-WebSocket-Extensions: " + offer)))
          .startsWith("HTTP/1.1 101 ")
          .doesNotContain("Sec-WebSocket-Extensions");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://evil.example",
        "null",
        "http://localhost",
        "https://good.example.",
        "https://good.example:8443",
        "http://good.example",
        "file://"
      })
  void aPageOfAnOriginThatIsNotListedIsRefusedAtTheHandshake(String origin) {
    assertThat(answer(withMore("Origin: " + origin)))
        .startsWith("HTTP/1.1 403 Forbidden\n")
        .contains("pages of this origin may not connect")
        .doesNotContain("good.example")
        .doesNotContain("Sec-WebSocket-Accept");
    await().untilAsserted(() -> assertThat(on.closes).containsExactly(1006));
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://good.example", "HTTPS://GOOD.example:443"})
  void aPageOfAListedOriginMayConnect(String origin) {
    assertThat(answer(withMore("Origin: " + origin))).startsWith("HTTP/1.1 101 ");
  }

  @Test
  void severalOriginsAreRefused() {
    assertThat(answer(withMore("Origin: https://good.example", "Origin: https://good.example")))
        .startsWith("HTTP/1.1 403 ");
    assertThat(answer(withMore("Origin: https://good.example https://evil.example")))
        .startsWith("HTTP/1.1 403 ");
  }

  @Test
  void ifNoOriginIsListedPagesOfTheGatewaysHostMayConnect() {
    try (Fixture own = Fixture.start();
        Peer page = Peer.fromPage(own.address(), "http://127.0.0.1:8081")) {
      assertThat(page.refusal("{}")).isEqualTo("bad_request");
    }
  }

  @Test
  void whatIsSentAfterARefusedHandshakeHasNoEffect() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(withMore("Origin: https://evil.example"));
    all.writeBytes(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '{', '}'});
    assertThat(answer(all.toByteArray())).startsWith("HTTP/1.1 403 ");
    assertThat(on.errors).isEmpty();
    await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
  }

  @Test
  void aRefusedPeerThatDoesNotCloseIsCutAndLeavesNothing() {
    for (int i = 0; i < 50; i++) {
      assertThat(answer(withMore("Origin: null"))).startsWith("HTTP/1.1 403 ");
    }
    await().untilAsserted(() -> assertThat(on.gateway.connections()).isZero());
    othersAreServed();
  }
}
