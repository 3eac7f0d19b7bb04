package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WsLimitsTest {
  private static final String SUBSCRIBE = "{'op':'SUBSCRIBE','topic':'t','group':'g'}";

  private static String publish(String topic) {
    return "{'op':'PUBLISH','topic':'" + topic + "','payload':1}";
  }

  @Test
  void aConnectionThatDoesNotAuthenticateIsClosed() {
    ManualClock clock = new ManualClock();
    try (Fixture on = Fixture.with(b -> b.timing(clock).limits(GatewayLimits.defaults()));
        Peer silent = on.connect();
        RawPeer dialed = RawPeer.dial(on.address());
        Peer good = on.login()) {
      // Two have to authenticate, and those with a handshake are to be pinged.
      await().until(() -> on.gateway.connections() == 3 && clock.pending() == 4);
      clock.advance(Duration.ofSeconds(10));
      assertThat(silent.next("ERR").path("code").asText()).isEqualTo("unauthorized");
      assertThat(silent.closeCode()).isEqualTo(4401);
      assertThat(dialed.sawEnd()).isTrue();
      assertThat(good.ask(publish("t")).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aPeerThatAnswersNoPingIsDropped() {
    ManualClock clock = new ManualClock();
    try (Fixture on = Fixture.with(b -> b.timing(clock).limits(GatewayLimits.defaults()));
        RawPeer dead = RawPeer.connect(on.address()).login();
        RawPeer alive = RawPeer.connect(on.address()).login()) {
      clock.advance(Duration.ofSeconds(25));
      assertThat(dead.read().opcode()).isEqualTo(RawPeer.PING);
      assertThat(alive.read().opcode()).isEqualTo(RawPeer.PING);
      alive.frame(true, RawPeer.PONG, new byte[0]).text("{}");
      assertThat(alive.read().text()).contains("bad_request");
      clock.advance(Duration.ofSeconds(8));
      assertThat(dead.sawEnd()).isTrue();
      alive.text("{}");
      assertThat(alive.read().text()).contains("bad_request");
      await().untilAsserted(() -> assertThat(on.closes).containsExactly(1006));
    }
  }

  @Test
  void aPingIsAnsweredWithItsData() {
    try (Fixture on = Fixture.start();
        RawPeer client = RawPeer.connect(on.address())) {
      client.frame(true, RawPeer.PING, new byte[] {1, 2, 3});
      RawPeer.Frame pong = client.read();
      assertThat(pong.opcode()).isEqualTo(RawPeer.PONG);
      assertThat(pong.bytes()).containsExactly(1, 2, 3);
    }
  }

  @Test
  void aConnectionThatPublishesTooFastIsToldWhenToGoOn() {
    ManualClock clock = new ManualClock();
    try (Fixture on =
            Fixture.with(
                b -> b.timing(clock).limits(GatewayLimits.builder().publishRate(2).build()));
        Peer client = on.login()) {
      client.ask(publish("t"));
      client.ask(publish("t"));
      JsonNode error = client.ask(publish("t"));
      assertThat(error.path("code").asText()).isEqualTo("rate_limited");
      assertThat(error.path("temporary").asBoolean()).isTrue();
      assertThat(error.path("retry_ms").asLong()).isBetween(500L, 501L);
      clock.advance(Duration.ofMillis(500));
      assertThat(client.ask(publish("t")).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aPublishThatItsTopicRefusesDoesNotCountForTheConnection() {
    ManualClock clock = new ManualClock();
    try (Fixture on =
            Fixture.with(
                b ->
                    b.timing(clock)
                        .limits(GatewayLimits.builder().publishRate(3).topicRate(1).build()));
        Peer client = on.login();
        Peer other = on.login()) {
      assertThat(client.ask(publish("busy")).path("op").asText()).isEqualTo("OK");
      assertThat(client.refusal(publish("busy"))).isEqualTo("rate_limited");
      assertThat(other.refusal(publish("busy"))).isEqualTo("rate_limited");
      assertThat(client.ask(publish("a")).path("op").asText()).isEqualTo("OK");
      assertThat(client.ask(publish("b")).path("op").asText()).isEqualTo("OK");
      assertThat(client.refusal(publish("c"))).isEqualTo("rate_limited");
    }
  }

  @Test
  void aPublishThatItsConnectionRefusesDoesNotCountForTheTopic() {
    ManualClock clock = new ManualClock();
    try (Fixture on =
            Fixture.with(
                b ->
                    b.timing(clock)
                        .limits(GatewayLimits.builder().publishRate(1).topicRate(2).build()));
        Peer client = on.login();
        Peer other = on.login()) {
      assertThat(client.ask(publish("busy")).path("op").asText()).isEqualTo("OK");
      assertThat(client.refusal(publish("busy"))).isEqualTo("rate_limited");
      assertThat(other.ask(publish("busy")).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void twoHundredPublishesASecondPerConnectionAndAThousandPerTopicAreTheDefaults() {
    ManualClock clock = new ManualClock();
    try (Fixture on = Fixture.with(b -> b.timing(clock))) {
      for (int connection = 0; connection < 5; connection++) {
        try (Peer client = on.login()) {
          for (int i = 0; i < 200; i++) {
            client.send(publish("busy"));
          }
          client.next("OK", 200);
          assertThat(client.ask(publish("idle")).path("msg").asText()).contains("connection");
        }
      }
      try (Peer client = on.login()) {
        assertThat(client.ask(publish("busy")).path("msg").asText()).contains("topic");
      }
    }
  }

  @Test
  void aPayloadBeyondTheLimitIsTooLargeAndTheConnectionGoesOn() {
    try (Fixture on = Fixture.limited(l -> l.maxEventBytes(1000));
        Peer client = on.login()) {
      String text = "\"" + "x".repeat(998) + "\"";
      assertThat(
              client.ask("{'op':'PUBLISH','topic':'t','payload':" + text + "}").path("op").asText())
          .isEqualTo("OK");
      assertThat(
              client.refusal(
                  "{'op':'PUBLISH','topic':'t','payload':" + text.replaceFirst("x", "xx") + "}"))
          .isEqualTo("too_large");
      assertThat(client.ask(publish("t")).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void anEventOfTheLargestSizeMakesTheWholeWay() {
    try (Fixture on = Fixture.start();
        Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      String text = "x".repeat((1 << 20) - 2);
      client.send("{'op':'PUBLISH','topic':'t','payload':'" + text + "'}");
      assertThat(client.next("EVENT").at("/event/payload").asText()).isEqualTo(text);
    }
  }

  @Test
  void aConnectionMayHaveSoManySubscriptions() {
    try (Fixture on = Fixture.limited(l -> l.maxSubscriptions(2));
        Peer client = on.login()) {
      client.ask(SUBSCRIBE.replace("'t'", "'a'"));
      client.ask(SUBSCRIBE.replace("'t'", "'b'"));
      assertThat(client.refusal(SUBSCRIBE)).isEqualTo("too_many");
      client.ask("{'op':'UNSUBSCRIBE','topic':'a','group':'g'}");
      assertThat(client.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void whatAClientAsksForIsCapped() {
    try (Fixture on = Fixture.limited(l -> l.maxInFlight(2).ackTimeout(Duration.ofMinutes(5)));
        Peer client = on.login()) {
      client.ask(
          "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'maxInFlight':500,'ackTimeoutMs':600000,'batchSize':900}}");
      for (int i = 0; i < 3; i++) {
        on.publish("t", "1");
      }
      assertThat(client.next("EVENT", 2))
          .allSatisfy(
              e -> assertThat(e.at("/ctx/ack_deadline_ms").asLong()).isBetween(1L, 300_000L));
      client.hearsNothingFor(Duration.ofMillis(200));
    }
  }

  @Test
  void connectionsFromOneAddressAreLimited() {
    try (Fixture on = Fixture.limited(l -> l.maxPerAddress(2));
        Peer first = on.login();
        Peer second = on.login()) {
      Peer third = on.connect();
      JsonNode error = third.next("ERR");
      assertThat(error.path("code").asText()).isEqualTo("too_many");
      assertThat(error.path("msg").asText()).contains("address");
      assertThat(third.closeCode()).isEqualTo(1013);
      first.leave();
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isEqualTo(1));
      on.login().close();
      assertThat(second.isClosed()).isFalse();
    }
  }

  @Test
  void connectionsInAllAreLimited() {
    try (Fixture on = Fixture.limited(l -> l.maxConnections(1));
        Peer first = on.login();
        Peer second = on.connect()) {
      assertThat(second.next("ERR").path("msg").asText()).contains("gateway");
      assertThat(second.closeCode()).isEqualTo(1013);
      assertThat(first.isClosed()).isFalse();
    }
  }

  @Test
  void farBeyondTheLimitConnectionsAreNotEvenTold() {
    List<RawPeer> dialed = new ArrayList<>();
    try (Fixture on = Fixture.limited(l -> l.maxPerAddress(1))) {
      for (int i = 0; i < 17; i++) {
        dialed.add(RawPeer.dial(on.address()));
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isEqualTo(17));
      try (RawPeer refused = RawPeer.dial(on.address())) {
        assertThat(refused.sawEnd()).isTrue();
      }
    } finally {
      dialed.forEach(RawPeer::close);
    }
  }

  @Test
  void publishesInFlightAreLimited() {
    try (Fixture on = Fixture.limited(l -> l.maxPublishesInFlight(1));
        Peer client = on.login()) {
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY.maxEvents(1).overflow(Overflow.BLOCK));
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}");
      client.ask("{'op':'PAUSE','topic':'t','group':'g'}");
      on.publish("t", "1");
      client.send(publish("t"));
      assertThat(client.refusal(publish("t"))).isEqualTo("too_many");
    }
  }

  @Test
  void framesThatWaitAreLimited() {
    CountDownLatch release = new CountDownLatch(1);
    try (Fixture on =
            Fixture.with(
                b ->
                    b.auth(
                        token -> {
                          Latches.await(release);
                          return Fixture.open().authenticate(token);
                        }));
        Peer client = on.connect()) {
      client.send("{'op':'AUTH','token':'" + Fixture.TOKEN + "'}");
      for (int i = 0; i < 17; i++) {
        client.send("{'op':'PUBLISH','topic':'t','payload':1,'corr':'" + i + "'}");
      }
      JsonNode error = client.next();
      assertThat(error.path("code").asText()).isEqualTo("too_many");
      assertThat(error.path("corr").asText()).isEqualTo("16");
      release.countDown();
      assertThat(client.next("OK", 17)).hasSize(17);
    }
  }

  @Test
  void aFloodBehindAnAuthThatIsBeingCheckedClosesTheConnection() {
    CountDownLatch release = new CountDownLatch(1);
    try (Fixture on =
            Fixture.with(
                b ->
                    b.auth(
                        token -> {
                          Latches.await(release);
                          return Fixture.open().authenticate(token);
                        }));
        RawPeer client = RawPeer.connect(on.address())) {
      client.text("{\"op\":\"AUTH\",\"token\":\"" + Fixture.TOKEN + "\"}");
      for (int i = 0; i < 16 + 33; i++) {
        client.text("{");
      }
      assertThat(client.read().text()).contains("too_many");
      assertThat(client.closeCode()).isEqualTo(4403);
      release.countDown();
      assertThat(client.sawEnd()).isTrue();
      assertThat(on.errors).containsOnly(ErrorCode.TOO_MANY);
    }
  }

  @Test
  void aClientThatStopsReadingIsPausedAndThenCut() {
    try (Fixture on = Fixture.limited(l -> l.stallTimeout(Duration.ofMillis(700)));
        RawPeer slow = RawPeer.connect(on.address(), 8 << 10).login();
        Peer other = on.login()) {
      slow.text("{\"op\":\"SUBSCRIBE\",\"topic\":\"t\",\"group\":\"slow\"}");
      slow.read();
      // One at a time: never so much is queued to it that it could be slow.
      other.ask("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'maxInFlight':1}}");
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      String large = "\"" + "x".repeat(500_000) + "\"";
      for (int i = 0; i < 40; i++) {
        on.publish("t", large);
      }
      for (int i = 0; i < 40; i++) {
        JsonNode event = other.next("EVENT");
        other.send(
            "{'op':'ACK','topic':'t','group':'g','id':'" + event.at("/event/id").asText() + "'}");
      }
      assertThat(on.bus.admin().group("t", "slow").orElseThrow().inFlight()).isLessThan(40);
      await().untilAsserted(() -> assertThat(on.errors).contains(ErrorCode.SLOW_CONSUMER));
      assertThat(slow.closeCode()).isEqualTo(4408);
      assertThat(other.ask(publish("u")).path("op").asText()).isIn("OK");
    }
  }

  @Test
  void aClientThatAsksAndNeverReadsIsCut() {
    try (Fixture on =
            Fixture.limited(
                l ->
                    l.maxQueuedBytes(64 << 10)
                        .maxMistakes(1_000_000)
                        .pongTimeout(Duration.ofSeconds(1)));
        RawPeer deaf = RawPeer.connect(on.address(), 8 << 10).login()) {
      byte[] many = "{}".getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 2_000_000; i++) {
                  deaf.frame(true, RawPeer.TEXT, many);
                }
              })
          .isInstanceOf(UncheckedIOException.class);
      assertThat(on.errors).contains(ErrorCode.SLOW_CONSUMER);
    }
  }

  @Test
  void aLimitOutOfRangeIsNamed() {
    assertThatThrownBy(() -> GatewayLimits.builder().maxInFlight(0).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("maxInFlight");
    assertThatThrownBy(() -> GatewayLimits.builder().inboundBudget(10).build())
        .hasMessageContaining("inboundBudget");
  }
}
