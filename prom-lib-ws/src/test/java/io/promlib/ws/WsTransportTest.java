package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.promlib.bus.EventBus;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WsTransportTest {
  private static final int FIN = 0x80;

  private Fixture on;

  @BeforeEach
  void start() {
    on = Fixture.limited(l -> l.maxPerAddress(300));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private RawPeer connect() {
    return RawPeer.connect(on.address());
  }

  private static byte[] bytes(int count) {
    return " ".repeat(count).getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void aLengthDeclaredBeforeAuthPinsNoMemory() {
    List<RawPeer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < 200; i++) {
        peers.add(connect().header(FIN | RawPeer.TEXT, 1 << 20));
      }
      for (RawPeer peer : peers) {
        assertThat(peer.read().text()).contains("too_large").contains("16384");
        assertThat(peer.closeCode()).isEqualTo(1009);
      }
    } finally {
      peers.forEach(RawPeer::close);
    }
  }

  @Test
  void aLengthThatIsAllowedPinsNoMemoryBeforeItsBodyCame() {
    List<RawPeer> peers = new ArrayList<>();
    try {
      for (int i = 0; i < 150; i++) {
        peers.add(connect().login().header(FIN | RawPeer.TEXT, 1 << 20));
      }
      // Together they declared more than twice the budget, and hold none of it.
      try (RawPeer another = connect().login()) {
        another.text(
            "{\"op\":\"PUBLISH\",\"topic\":\"t\",\"payload\":\"" + "x".repeat(1 << 19) + "\"}");
        assertThat(another.read().text()).contains("\"OK\"");
      }
    } finally {
      peers.forEach(RawPeer::close);
    }
  }

  @Test
  void fragmentsCountTogetherAgainstTheLimitBeforeAuth() {
    try (RawPeer client = connect()) {
      client
          .frame(false, RawPeer.TEXT, bytes(10_000))
          .frame(false, RawPeer.CONTINUATION, bytes(6_384));
      client.frame(true, RawPeer.PING, new byte[0]);
      assertThat(client.read().opcode()).isEqualTo(RawPeer.PONG);
      client.header(RawPeer.CONTINUATION, 1);
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void aFrameAsLargeAsItMayBeBeforeAuthIsRead() {
    try (RawPeer client = connect()) {
      client.frame(true, RawPeer.TEXT, bytes(16 << 10));
      assertThat(client.read().text()).contains("bad_json");
    }
  }

  @Test
  void aFrameAsLargeAsItMayBeAfterAuthIsRead() {
    try (RawPeer client = connect().login()) {
      client.frame(true, RawPeer.TEXT, bytes((1 << 20) + (64 << 10)));
      assertThat(client.read().text()).contains("bad_json");
    }
  }

  @Test
  void aFrameBeyondTheLimitAfterAuthIsTooLarge() {
    try (RawPeer client = connect().login()) {
      client.header(FIN | RawPeer.TEXT, (1 << 20) + (64 << 10) + 1);
      assertThat(client.read().text()).contains("too_large");
      assertThat(client.closeCode()).isEqualTo(1009);
    }
  }

  @Test
  void theInboundBudgetOfAllConnectionsIsOne() {
    try (Fixture tight = Fixture.limited(l -> l.maxEventBytes(64 << 10).inboundBudget(200 << 10));
        RawPeer first = RawPeer.connect(tight.address()).login();
        RawPeer second = RawPeer.connect(tight.address()).login()) {
      first.frame(false, RawPeer.TEXT, bytes(100_000)).frame(true, RawPeer.PING, new byte[0]);
      assertThat(first.read().opcode()).isEqualTo(RawPeer.PONG);
      second.frame(false, RawPeer.TEXT, bytes(120_000));
      assertThat(second.read().text()).contains("too_many");
      assertThat(second.closeCode()).isEqualTo(1013);
      first.hangUp();
      await().untilAsserted(() -> assertThat(tight.gateway.connections()).isZero());
      await().untilAsserted(() -> assertThat(tight.gateway.heldBytes()).isZero());
      try (RawPeer third = RawPeer.connect(tight.address()).login()) {
        third.frame(true, RawPeer.TEXT, bytes(120_000));
        assertThat(third.read().text()).contains("bad_json");
      }
    }
  }

  @Test
  void aTextInManyFragmentsIsOneFrame() {
    try (Peer client = on.connect()) {
      List<String> parts = new ArrayList<>();
      ("{\"op\":\"AUTH\",\"token\":\"" + Fixture.TOKEN + "\"}")
          .chars()
          .forEach(c -> parts.add("" + (char) c));
      client.sendInParts(parts);
      assertThat(client.next().path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aFrameThatArrivesByteByByteIsRead() {
    try (RawPeer client = connect()) {
      byte[] frame = {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, '{', '}'};
      for (byte b : frame) {
        client.write(new byte[] {b});
      }
      assertThat(client.read().text()).contains("bad_request");
    }
  }

  @Test
  void compressionIsNotOffered() {
    try (RawPeer client = RawPeer.dial(on.address())) {
      client.ask("/", "Sec-WebSocket-Extensions: permessage-deflate");
      StringBuilder answer = new StringBuilder();
      for (String line = client.readLine(); !line.isEmpty(); line = client.readLine()) {
        answer.append(line).append('\n');
      }
      assertThat(answer.toString()).contains(" 101 ").doesNotContain("deflate");
      client.header(FIN | 0x40 | RawPeer.TEXT, 5);
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void binaryFramesAreAbuse() {
    try (Peer client = on.login()) {
      client.sendBinary();
      assertThat(client.next().path("code").asText()).isEqualTo("bad_request");
      assertThat(client.closeCode()).isEqualTo(4403);
    }
  }

  @Test
  void textThatIsNotUtf8IsClosed() {
    try (RawPeer client = connect()) {
      client.frame(true, RawPeer.TEXT, new byte[] {'"', (byte) 0xc3, (byte) 0x28, '"'});
      assertThat(client.closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void brokenFramesAreProtocolErrors() {
    byte[] unmasked = {(byte) 0x81, 2, '{', '}'};
    try (RawPeer client = connect().write(unmasked)) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
    for (int first : new int[] {FIN | 3, FIN | 11, RawPeer.PING, FIN | RawPeer.CONTINUATION}) {
      try (RawPeer client = connect().header(first, 1)) {
        assertThat(client.closeCode()).isEqualTo(1002);
      }
    }
    try (RawPeer client = connect().header(FIN | RawPeer.PING, 126)) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
    try (RawPeer client =
        connect().frame(false, RawPeer.TEXT, bytes(1)).header(FIN | RawPeer.TEXT, 1)) {
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void aLengthInMoreBytesThanItNeedsIsAProtocolError() {
    try (RawPeer client = connect()) {
      client.write(new byte[] {(byte) 0x81, (byte) 0xfe, 0, 2, 0, 0, 0, 0, '{', '}'});
      assertThat(client.closeCode()).isEqualTo(1002);
    }
  }

  @Test
  void aCloseForTextThatIsNotUtf8IsAnsweredThoughItGivesNoReason() {
    try (RawPeer client = connect()) {
      client.frame(true, RawPeer.CLOSE, new byte[] {0x03, (byte) 0xef});
      assertThat(client.closeCode()).isEqualTo(1007);
    }
  }

  @Test
  void aSlowAuthenticatorHoldsUpNobodyElse() {
    CountDownLatch release = new CountDownLatch(1);
    List<Peer> waiting = new ArrayList<>();
    try (Fixture slow =
            Fixture.with(
                b ->
                    b.auth(
                        token -> {
                          if (token.equals("slow")) {
                            Latches.await(release);
                          }
                          return Fixture.open().authenticate(token);
                        }));
        Peer busy = slow.login()) {
      for (int i = 0; i < 7; i++) {
        waiting.add(slow.connect().send("{'op':'AUTH','token':'slow'}"));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(busy.ask("{'op':'PUBLISH','topic':'t','payload':1}").path("op").asText())
            .isEqualTo("OK");
      }
      try (Peer another = slow.login()) {
        assertThat(another.refusal("{}")).isEqualTo("bad_request");
      }
      release.countDown();
      waiting.forEach(peer -> assertThat(peer.next().path("code").asText()).isEqualTo("bad_token"));
    } finally {
      waiting.forEach(Peer::close);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "example.org", "https://example.org/", "https://", "*", "https://a:80:1"})
  void anOriginThatNoBrowserSendsIsRefusedByName(String origin) {
    try (EventBus bus = EventBus.inMemory()) {
      assertThatThrownBy(() -> WsGateway.of(bus).origins(Set.of(origin)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + origin + "'");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://example.org", "HTTP://Localhost:8080", "http://[::1]:80", "app://one"})
  void anOriginWithOrWithoutAPortIsTaken(String origin) {
    try (EventBus bus = EventBus.inMemory()) {
      assertThatCode(() -> WsGateway.of(bus).origins(Set.of(origin))).doesNotThrowAnyException();
    }
  }
}
