package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.EventBus;
import io.promlib.event.Payload;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import io.promlib.wire.ErrorCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WsBudgetsTest {
  private static final String LARGE = "\"" + "x".repeat(300_000) + "\"";
  private static final int EVENTS = 40;

  private static String subscribe(String group) {
    return "{\"op\":\"SUBSCRIBE\",\"topic\":\"t\",\"group\":\""
        + group
        + "\",\"opts\":{\"batchSize\":1}}";
  }

  private static RawPeer slowReader(Fixture on, String group) {
    RawPeer slow = RawPeer.connect(on.address(), 8 << 10).login().text(subscribe(group));
    assertThat(slow.read().text()).contains("\"OK\"");
    return slow;
  }

  private static long inFlight(EventBus bus, String group) {
    return bus.admin().group("t", group).orElseThrow().inFlight();
  }

  @Test
  void theDefaultsAreThoseOfTheProtocol() {
    GatewayLimits limits = GatewayLimits.defaults();
    long heap = Runtime.getRuntime().maxMemory();
    assertThat(limits.maxEventBytes()).isEqualTo(1 << 20);
    assertThat(limits.maxFrameBytes()).isEqualTo((1 << 20) + (64 << 10));
    assertThat(limits.maxBatchBytes()).isEqualTo(256 << 10);
    assertThat(limits.openingFrameBytes()).isEqualTo(16 << 10);
    assertThat(limits.authTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(limits.authAttempts()).isEqualTo(3);
    assertThat(limits.ackTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(limits.maxInFlight()).isEqualTo(100);
    assertThat(limits.maxSubscriptions()).isEqualTo(64);
    assertThat(limits.publishRate()).isEqualTo(200);
    assertThat(limits.topicRate()).isEqualTo(1000);
    assertThat(limits.subscribeRate()).isEqualTo(10);
    assertThat(limits.idleRate()).isEqualTo(100);
    assertThat(limits.maxMistakes()).isEqualTo(100);
    assertThat(limits.maxPublishesInFlight()).isEqualTo(1000);
    assertThat(limits.maxQueuedBytes()).isEqualTo(4 << 20);
    assertThat(limits.stallTimeout()).isEqualTo(Duration.ofSeconds(8));
    assertThat(limits.maxConnections()).isEqualTo(10_000);
    assertThat(limits.maxPerAddress()).isEqualTo(100);
    assertThat(limits.pingInterval()).isEqualTo(Duration.ofSeconds(25));
    assertThat(limits.pongTimeout()).isEqualTo(Duration.ofSeconds(8));
    assertThat(limits.inboundBudget()).isEqualTo(Math.min(64 << 20, heap / 8));
    assertThat(limits.outboundBudget()).isEqualTo(Math.min(256 << 20, heap / 4));
  }

  @Test
  void sixtyFourSubscriptionsAreTheDefaultOnASocket() {
    try (Fixture on = Fixture.start();
        Peer client = on.login()) {
      for (int i = 0; i < 64; i++) {
        assertThat(client.ask(subscribe("g" + i)).path("op").asText()).isEqualTo("OK");
      }
      assertThat(client.refusal(subscribe("one-more"))).isEqualTo("too_many");
    }
  }

  @Test
  void aHundredUnackedEventsAreTheDefaultOnASocket() {
    try (Fixture on = Fixture.start();
        Peer client = on.login()) {
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      for (int i = 0; i < 105; i++) {
        on.publish("t", "1");
      }
      assertThat(client.next("EVENT", 100)).hasSize(100);
      client.hearsNothingFor(Duration.ofMillis(200));
    }
  }

  @Test
  void aHundredConnectionsOfOneAddressAreTheDefaultOnASocket() {
    List<RawPeer> dialed = new ArrayList<>();
    try (Fixture on = Fixture.start()) {
      for (int i = 0; i < 100; i++) {
        dialed.add(RawPeer.dial(on.address()));
      }
      await().untilAsserted(() -> assertThat(on.gateway.connections()).isEqualTo(100));
      try (Peer oneMore = on.connect()) {
        assertThat(oneMore.next("ERR").path("code").asText()).isEqualTo("too_many");
      }
    } finally {
      dialed.forEach(RawPeer::close);
    }
  }

  @Test
  void slowReadersPauseWhenAllTogetherHaveTooMuchQueuedAndGoOnWhenTheyRead() {
    List<RawPeer> slow = new ArrayList<>();
    try (Fixture on =
            Fixture.limited(
                l ->
                    l.maxQueuedBytes(1L << 30)
                        .outboundBudget(1 << 20)
                        .stallTimeout(Duration.ofMinutes(10)));
        Peer good = on.login()) {
      for (int i = 0; i < 3; i++) {
        slow.add(slowReader(on, "slow" + i));
      }
      good.ask(subscribe("good"));
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      for (int i = 0; i < EVENTS; i++) {
        on.publish("t", LARGE);
      }
      assertThat(good.next("EVENT", EVENTS)).hasSize(EVENTS);
      // By its own queue alone, of which a quarter is 256 MiB, none would have paused. Beyond the
      // budget each one may have queued the frame that it was about to.
      assertThat(on.gateway.heldBytes()).isLessThan((1 << 20) + 4 * (LARGE.length() + 1000));
      for (RawPeer one : slow) {
        for (int i = 0; i < EVENTS; i++) {
          assertThat(one.read().text()).contains("\"EVENT\"");
        }
      }
    } finally {
      slow.forEach(RawPeer::close);
    }
  }

  @Test
  void framesOfManyEventsAreCutWhileAllTogetherHaveTooMuchQueued() {
    try (Fixture on =
            Fixture.limited(
                l ->
                    l.maxQueuedBytes(1L << 30)
                        .outboundBudget(1 << 20)
                        .stallTimeout(Duration.ofMinutes(10)));
        Peer tail = on.login();
        Peer member = on.login();
        RawPeer slow = slowReader(on, "slow")) {
      tail.ask("{'op':'SUBSCRIBE','topic':'u','opts':{'mode':'tail','batch':100}}");
      member.ask("{'op':'SUBSCRIBE','topic':'u','group':'g','opts':{'batch':100,'quiet':true}}");
      await().until(() -> fullestFrame(on, tail, member), most -> most == 100);

      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      for (int i = 0; i < EVENTS; i++) {
        on.publish("t", LARGE);
      }
      await().until(() -> fullestFrame(on, tail, member), most -> most < 20);

      for (int i = 0; i < EVENTS; i++) {
        assertThat(slow.read().text()).contains("\"EVENT\"");
      }
      await().until(() -> fullestFrame(on, tail, member), most -> most == 100);
    }
  }

  /** Sends a hundred events to both; returns how many the fullest frame of the emptier one had. */
  private static int fullestFrame(Fixture on, Peer tail, Peer member) {
    on.publishAtOnce("u", Collections.nCopies(100, Payload.of("x".repeat(2000))));
    int ofTail = fullestFrame(tail);
    return Math.min(ofTail, fullestFrame(member));
  }

  private static int fullestFrame(Peer client) {
    List<String> ids = new ArrayList<>();
    int fullest = 0;
    while (ids.size() < 100) {
      JsonNode events = client.next("EVENTS").path("events");
      events.forEach(item -> ids.add("'" + item.at("/event/id").asText() + "'"));
      fullest = Math.max(fullest, events.size());
    }
    client.send("{'op':'ACK','topic':'u','group':'g','ids':" + ids + "}");
    return fullest;
  }

  @Test
  void bytesOfPublishesInFlightAreLimited() {
    String large = "\"" + "x".repeat(40_000) + "\"";
    String publish = "{'op':'PUBLISH','topic':'t','payload':" + large + "}";
    try (Fixture on = Fixture.limited(l -> l.maxEventBytes(64 << 10).inboundBudget(512 << 10));
        Peer client = on.login();
        Peer other = on.login()) {
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY.maxEvents(1).overflow(Overflow.BLOCK));
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}");
      client.ask("{'op':'PAUSE','topic':'t','group':'g'}");
      on.publish("t", "1");
      for (int i = 0; i < 5; i++) {
        client.send(publish);
      }
      JsonNode error = client.next("ERR");
      assertThat(error.path("code").asText()).isEqualTo("too_many");
      assertThat(error.path("msg").asText()).contains("bytes of publishes in flight");
      assertThat(other.ask(publish.replace("'t'", "'u'")).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aSlowConsumerIsToldWhyAndItsEventsGoToAnotherMemberOfTheGroup() {
    try (Fixture on = Fixture.limited(l -> l.stallTimeout(Duration.ofSeconds(1)));
        RawPeer slow = slowReader(on, "g");
        Peer other = on.login()) {
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      for (int i = 0; i < EVENTS; i++) {
        on.publish("t", LARGE);
      }
      assertThat(inFlight(on.bus, "g")).isLessThan(EVENTS);
      // One at a time: never so much is queued to it that it could be slow.
      other.ask("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'maxInFlight':1}}");
      await().untilAsserted(() -> assertThat(on.errors).containsExactly(ErrorCode.SLOW_CONSUMER));
      String last = "";
      for (RawPeer.Frame next = slow.read(); next.opcode() != RawPeer.CLOSE; next = slow.read()) {
        last = next.text();
      }
      assertThat(last).contains("\"code\":\"slow_consumer\"").contains("\"temporary\":true");
      slow.hangUp();
      for (int i = 0; i < EVENTS; i++) {
        String id = other.next("EVENT").at("/event/id").asText();
        other.send("{'op':'ACK','topic':'t','group':'g','id':'" + id + "'}");
      }
      await()
          .untilAsserted(
              () ->
                  assertThat(on.bus.admin().group("t", "g").orElseThrow().floor())
                      .isEqualTo(EVENTS));
    }
  }

  @Test
  void anHourIsTheLongestDelayOfANack() {
    ManualClock clock = new ManualClock();
    try (EventBus bus = EventBus.builder().timing(clock).build();
        WsGateway gateway = WsGateway.of(bus).port(0).auth(Fixture.open()).start();
        Peer client = Peer.login(gateway.address())) {
      deliver(client);
      client.answerTo("{'op':'NACK','topic':'t','group':'g','id':'i','delay_ms':7200000}");
      clock.advance(Duration.ofMinutes(59));
      client.hearsNothingFor(Duration.ofMillis(200));
      clock.advance(Duration.ofMinutes(1));
      client.hearsWhile(clock);
      assertThat(client.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
    }
  }

  @Test
  void anHourIsTheLongestExtensionOfALease() {
    ManualClock clock = new ManualClock();
    try (EventBus bus = EventBus.builder().timing(clock).build();
        WsGateway gateway = WsGateway.of(bus).port(0).auth(Fixture.open()).start();
        Peer client = Peer.login(gateway.address())) {
      deliver(client);
      client.answerTo("{'op':'MODACK','topic':'t','group':'g','id':'i','extend_ms':7200000}");
      clock.advance(Duration.ofMinutes(59));
      client.hearsNothingFor(Duration.ofMillis(200));
      clock.advance(Duration.ofMinutes(1));
      client.hearsWhile(clock);
      assertThat(client.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
    }
  }

  private static void deliver(Peer client) {
    client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
    client.send("{'op':'PUBLISH','topic':'t','payload':1,'opts':{'id':'i'}}");
    assertThat(List.of(client.next(), client.next()))
        .extracting(frame -> frame.path("op").asText())
        .containsExactlyInAnyOrder("OK", "EVENT");
  }
}
