package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.StartAt;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.store.GroupKey;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WsDeliveryTest {
  private static final String SUBSCRIBE =
      "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'}}";

  private final ManualClock clock = new ManualClock();
  private Fixture on;

  @BeforeEach
  void start() {
    on = Fixture.start();
  }

  @AfterEach
  void stop() {
    on.close();
  }

  /** From now on leases end by the clock. */
  private void leaseByTheClock() {
    on.close();
    on = Fixture.leasingBy(clock);
  }

  private static String ack(JsonNode event) {
    return "{'op':'ACK','topic':'t','group':'g','id':'" + event.at("/event/id").asText() + "'}";
  }

  private static List<Integer> payloads(List<JsonNode> events) {
    return events.stream().map(event -> event.at("/event/payload").asInt()).toList();
  }

  @Test
  void tenMessagesAreAckedAndNoneComesAgain() {
    try (Peer client = on.login()) {
      assertThat(client.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
      IntStream.range(0, 10)
          .forEach(i -> client.send("{'op':'PUBLISH','topic':'t','payload':" + i + "}"));
      List<JsonNode> events = client.next("EVENT", 10);
      assertThat(payloads(events)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      for (JsonNode event : events) {
        client.send(ack(event));
        assertThat(client.next("OK").path("op").asText()).isEqualTo("OK");
      }
    }
    try (Peer again = on.login()) {
      assertThat(again.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
      again.hearsNothingFor(Duration.ofMillis(300));
    }
    await()
        .untilAsserted(
            () -> assertThat(on.bus.admin().group("t", "g").orElseThrow().floor()).isEqualTo(10));
  }

  @Test
  void anEventCarriesWhatItWasPublishedWith() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      JsonNode ok =
          client.ask(
              "{'op':'PUBLISH','topic':'t','corr':'c','payload':{'a':1},'opts':{'id':'i','key':'k','ts':7,"
                  + "'headers':{'h':'v'},'tags':['x'],'caused_by':['z'],'sid':'s'}}");
      JsonNode event = ok.path("op").asText().equals("EVENT") ? ok : client.next("EVENT");
      assertThat(event.path("event").toString().replace('"', '\''))
          .isEqualTo(
              "{'id':'i','seq':1,'ts':7,'topic':'t','key':'k','payload':{'a':1},'headers':{'h':'v'},"
                  + "'tags':['x'],'caused_by':['z'],'sid':'s'}");
      assertThat(event.at("/ctx/attempt").asInt()).isEqualTo(1);
      assertThat(event.at("/ctx/ack_deadline_ms").asLong()).isBetween(300_000L, 600_000L);
      assertThat(event.at("/ctx/lease").asText()).isNotEmpty();
    }
  }

  @Test
  void aPayloadComesBackAsItWasSpelled() {
    String payload =
        "{\"n\":-0.0,\"big\":123456789012345678901234567890,\"e\":1e400,\"d\":0.10000000000000000000001,"
            + "\"\":null,\"$a.b\":\"\\u0000\\ud83d\\ude00é\", \"sp\" : [ 1 , 2 ]}";
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      client.sendExactly("{\"op\":\"PUBLISH\",\"topic\":\"t\",\"payload\":" + payload + "}");
      String first = client.nextText();
      assertThat(first.contains("\"EVENT\"") ? first : client.nextText())
          .contains("\"payload\":" + payload);
    }
  }

  @Test
  void aNackedEventComesAgainAsItsSecondAttempt() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode first = client.next("EVENT");
      client.send(ack(first).replace("ACK", "NACK").replace("}", ",'delay_ms':0,'reason':'no'}"));
      JsonNode again = client.next("EVENT");
      assertThat(again.at("/event/id")).isEqualTo(first.at("/event/id"));
      assertThat(again.at("/ctx/attempt").asInt()).isEqualTo(2);
      assertThat(again.at("/ctx/lease")).isNotEqualTo(first.at("/ctx/lease"));
    }
  }

  @Test
  void aBrokenConnectionsEventsGoToAnotherOneAndCount() {
    Peer first = on.login();
    first.ask(SUBSCRIBE);
    on.publish("t", "1");
    first.next("EVENT");
    try (Peer second = on.login()) {
      second.ask(SUBSCRIBE);
      first.crash();
      assertThat(second.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aCleanCloseHandsBackUncounted() {
    Peer first = on.login();
    first.ask(SUBSCRIBE);
    on.publish("t", "1");
    first.next("EVENT");
    try (Peer second = on.login()) {
      second.ask(SUBSCRIBE);
      first.leave();
      assertThat(second.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void aCloseWithoutACodeIsACleanOne() {
    try (RawPeer browser = RawPeer.connect(on.address()).login();
        Peer second = on.login()) {
      browser.text(SUBSCRIBE.replace('\'', '"'));
      assertThat(browser.read().text()).contains("OK");
      on.publish("t", "1");
      assertThat(browser.read().text()).contains("EVENT");
      second.ask(SUBSCRIBE);
      browser.frame(true, RawPeer.CLOSE, new byte[0]);
      assertThat(second.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void whatWaitedForRoomComesWithItsTimeAnew() throws Exception {
    leaseByTheClock();
    try (RawPeer slow = RawPeer.connect(on.address(), 8 << 10).login()) {
      String opts = ",'ackTimeoutMs':1000,'batchSize':40}}";
      slow.text(SUBSCRIBE.replace("}}", opts).replace('\'', '"'));
      assertThat(slow.read().text()).contains("OK");
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      Payload large = Payload.json("\"" + "x".repeat(500_000) + "\"");
      on.publishAtOnce("t", Collections.nCopies(40, large));
      await()
          .untilAsserted(
              () ->
                  assertThat(on.bus.admin().group("t", "g").orElseThrow().inFlight()).isPositive());
      clock.advance(Duration.ofMillis(600));
      for (int i = 0; i < 40; i++) {
        assertThat(Json.mapper().readTree(slow.read().text()).at("/ctx/ack_deadline_ms").asLong())
            .as("event %d", i)
            .isGreaterThan(450);
      }
    }
  }

  @Test
  void anObjectTooLargeForAFrameGoesToTheDeadLettersAndTheConnectionGoesOn() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      Topic<List<String>> topic = new Topic<>("t", List.class);
      on.bus.publish(topic, List.of("x".repeat((1 << 20) + (128 << 10))));
      on.publish("t", "2");
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(2);
      await()
          .untilAsserted(
              () ->
                  assertThat(on.bus.admin().deadLetters("t").list(1, 10))
                      .singleElement()
                      .satisfies(
                          letter -> assertThat(letter.error()).contains("bytes", "maxEventBytes")));
    }
  }

  @Test
  void anUnsubscribeHandsBackUncounted() {
    try (Peer first = on.login();
        Peer second = on.login()) {
      first.ask(SUBSCRIBE);
      on.publish("t", "1");
      first.next("EVENT");
      second.ask(SUBSCRIBE);
      assertThat(first.ask("{'op':'UNSUBSCRIBE','topic':'t','group':'g'}").path("op").asText())
          .isEqualTo("OK");
      assertThat(second.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void twoConnectionsOfAGroupShareItsEvents() {
    try (Peer first = on.login();
        Peer second = on.login()) {
      String one = SUBSCRIBE.replace("}}", ",'maxInFlight':1}}");
      first.ask(one);
      second.ask(one);
      Set<String> seen = new HashSet<>();
      for (int i = 0; i < 2; i++) {
        on.publish("t", "1");
      }
      JsonNode a = first.next("EVENT");
      JsonNode b = second.next("EVENT");
      seen.add(a.at("/event/id").asText());
      seen.add(b.at("/event/id").asText());
      assertThat(seen).hasSize(2);
      assertThat(first.ask(ack(a)).path("result").asText()).isEqualTo("ok");
      assertThat(second.ask(ack(b)).path("result").asText()).isEqualTo("ok");
      first.hearsNothingFor(Duration.ofMillis(100));
      second.hearsNothingFor(Duration.ofMillis(100));
    }
  }

  @Test
  void noMoreIsSentThanMayBeInFlight() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE.replace("}}", ",'maxInFlight':3}}"));
      IntStream.range(0, 5).forEach(i -> on.publish("t", "" + i));
      List<JsonNode> events = client.next("EVENT", 3);
      client.hearsNothingFor(Duration.ofMillis(200));
      client.send(ack(events.get(0)));
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(3);
    }
  }

  @Test
  void whatIsInFlightIsCountedOverAllConnectionsUntilItIsSettled() {
    try (Peer peer = on.login();
        Peer other = on.login()) {
      peer.ask("{'op':'SUBSCRIBE','topic':'count.me','group':'g','opts':{'maxInFlight':2}}");
      other.ask("{'op':'SUBSCRIBE','topic':'count.me','group':'g','opts':{'maxInFlight':1}}");
      other.ask("{'op':'SUBSCRIBE','topic':'count.me','opts':{'mode':'tail'}}");
      GroupKey group = new GroupKey("count.me", "g");
      assertThat(on.gateway.inFlight()).containsEntry(group, 0L);
      for (int i = 0; i < 5; i++) {
        on.publish("count.me", "1");
      }
      await().untilAsserted(() -> assertThat(on.gateway.inFlight()).containsEntry(group, 3L));
      other.leave();
      await().untilAsserted(() -> assertThat(on.gateway.inFlight()).containsEntry(group, 2L));
      peer.ask("{'op':'UNSUBSCRIBE','topic':'count.me','group':'g'}");
      await().untilAsserted(() -> assertThat(on.gateway.inFlight()).doesNotContainKey(group));
    }
  }

  @Test
  void pauseStopsDeliveryAndResumeStartsItAgain() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      assertThat(client.ask("{'op':'PAUSE','topic':'t','group':'g'}").path("op").asText())
          .isEqualTo("OK");
      on.publish("t", "1");
      client.hearsNothingFor(Duration.ofMillis(200));
      client.send("{'op':'RESUME','topic':'t','group':'g'}");
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(1);
    }
  }

  @Test
  void theAnswerToSubscribeComesBeforeTheFirstEvent() {
    IntStream.range(0, 50).forEach(i -> on.publish("t", "" + i));
    try (Peer client = on.login()) {
      assertThat(client.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
      List<JsonNode> events = client.next("EVENT", 50);
      assertThat(payloads(events))
          .containsExactlyElementsOf(IntStream.range(0, 50).boxed().toList());
    }
  }

  @Test
  void framesTakeEffectInOrderThoughNoneIsWaitedFor() {
    try (Peer client = on.connect()) {
      client.send("{'op':'AUTH','token':'" + Fixture.TOKEN + "','corr':'1'}");
      client.send(SUBSCRIBE.replace("'topic'", "'corr':'2','topic'"));
      client.send("{'op':'PAUSE','topic':'t','group':'g','corr':'3'}");
      client.send("{'op':'UNSUBSCRIBE','topic':'t','group':'g','corr':'4'}");
      client.send("{'op':'UNSUBSCRIBE','topic':'t','group':'g','corr':'5'}");
      for (int i = 1; i <= 4; i++) {
        JsonNode answer = client.next();
        assertThat(answer.path("op").asText()).isEqualTo("OK");
        assertThat(answer.path("corr").asText()).isEqualTo("" + i);
      }
      assertThat(client.next().path("code").asText()).isEqualTo("not_subscribed");
    }
  }

  @Test
  void anIdPublishedTwiceIsADuplicate() {
    try (Peer client = on.login()) {
      String publish = "{'op':'PUBLISH','topic':'t','payload':1,'opts':{'id':'same'}}";
      assertThat(client.ask(publish).path("duplicate").asBoolean(true)).isFalse();
      JsonNode second = client.ask(publish);
      assertThat(second.path("duplicate").asBoolean()).isTrue();
      assertThat(second.path("id").asText()).isEqualTo("same");
      assertThat(second.path("seq").asLong()).isEqualTo(1);
    }
  }

  @Test
  void publishesOfOneConnectionKeepTheirOrder() {
    try (Peer client = on.login()) {
      IntStream.range(0, 150)
          .forEach(i -> client.send("{'op':'PUBLISH','topic':'t','payload':" + i + "}"));
      client.next("OK", 150);
      assertThat(
              on.bus.admin().read("t", 1, 1000).events().stream()
                  .map(e -> e.payload().tree().asInt())
                  .toList())
          .containsExactlyElementsOf(IntStream.range(0, 150).boxed().toList());
    }
  }

  @Test
  void aTerminatedEventGoesToTheDeadLetters() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      String term = ack(event).replace("ACK", "TERM").replace("}", ",'reason':'bad'}");
      assertThat(client.ask(term).path("result").asText()).isEqualTo("ok");
      assertThat(client.ask(ack(event)).path("result").asText()).isEqualTo("dead_lettered");
      await()
          .untilAsserted(
              () ->
                  assertThat(on.bus.admin().deadLetters("t").list(1, 10))
                      .singleElement()
                      .satisfies(letter -> assertThat(letter.error()).contains("bad")));
    }
  }

  @Test
  void anAckOfWhatIsNotInFlightIsToldApart() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      assertThat(client.ask(ack(event)).path("result").asText()).isEqualTo("ok");
      assertThat(client.ask(ack(event)).path("result").asText()).isEqualTo("already_acked");
      assertThat(
              client
                  .ask("{'op':'ACK','topic':'t','group':'g','id':'never'}")
                  .path("result")
                  .asText())
          .isEqualTo("unknown");
    }
  }

  @Test
  void anAckUnderAnOlderLeaseChangesNothing() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode first = client.next("EVENT");
      client.send(ack(first).replace("ACK", "NACK").replace("}", ",'delay_ms':0}"));
      JsonNode second = client.next("EVENT");
      String late = ack(first).replace("}", ",'lease':'" + first.at("/ctx/lease").asText() + "'}");
      assertThat(client.answerTo(late).path("result").asText()).isEqualTo("stale_lease");
      String right =
          ack(first).replace("}", ",'lease':'" + second.at("/ctx/lease").asText() + "'}");
      assertThat(client.answerTo(right).path("result").asText()).isEqualTo("ok");
    }
  }

  @Test
  void aModackUnderAnOlderLeaseChangesNothing() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode first = client.next("EVENT");
      client.send(ack(first).replace("ACK", "NACK").replace("}", ",'delay_ms':0}"));
      client.next("EVENT");
      String late =
          ack(first)
              .replace("ACK", "MODACK")
              .replace("}", ",'lease':'" + first.at("/ctx/lease").asText() + "'}");
      assertThat(client.answerTo(late).path("result").asText()).isEqualTo("stale_lease");
    }
  }

  @Test
  void aModackOfWhatWasGivenUpMeanwhileIsAnError() {
    leaseByTheClock();
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE.replace("}}", ",'ackTimeoutMs':100,'maxAttempts':1}}"));
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      await()
          .untilAsserted(
              () -> {
                clock.advance(Duration.ofSeconds(1));
                assertThat(on.bus.admin().deadLetters("t").list(1, 10)).hasSize(1);
              });
      assertThat(client.ask(ack(event).replace("ACK", "MODACK")).path("code").asText())
          .isEqualTo("unknown_id");
    }
  }

  @Test
  void aModackExtendsByOneSecondAtLeast() {
    leaseByTheClock();
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      client.ask(ack(event).replace("ACK", "MODACK").replace("}", ",'extend_ms':-1}"));
      clock.advance(Duration.ofMillis(999));
      client.hearsNothingFor(Duration.ofMillis(200));
      long before = clock.millis();
      client.hearsWhile(clock);
      assertThat(clock.millis() - before).isLessThan(Duration.ofMinutes(9).toMillis());
      assertThat(client.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aModackKeepsAnEventBeyondItsDeadline() {
    leaseByTheClock();
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE.replace("}}", ",'ackTimeoutMs':300}}"));
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      String extend = ack(event).replace("ACK", "MODACK").replace("}", ",'extend_ms':20000}");
      assertThat(client.ask(extend).path("result").asText()).isEqualTo("ok");
      clock.advance(Duration.ofSeconds(19));
      client.hearsNothingFor(Duration.ofMillis(200));
      assertThat(client.ask(ack(event)).path("result").asText()).isEqualTo("ok");
    }
  }

  @Test
  void anEventNotAckedInTimeComesAgain() {
    leaseByTheClock();
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE.replace("}}", ",'ackTimeoutMs':60000}}"));
      on.publish("t", "1");
      client.next("EVENT");
      clock.advance(Duration.ofSeconds(59));
      client.hearsNothingFor(Duration.ofMillis(200));
      client.hearsWhile(clock);
      assertThat(client.next("EVENT").at("/ctx/attempt").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aReaderThatRetentionOvertookIsToldTheGap() {
    on.bus.admin().configure("t", TopicSettings.IN_MEMORY.maxEvents(5));
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      client.ask("{'op':'PAUSE','topic':'t','group':'g'}");
      IntStream.range(0, 20).forEach(i -> on.publish("t", "" + i));
      client.send("{'op':'RESUME','topic':'t','group':'g'}");
      JsonNode gap = client.next("GAP");
      assertThat(gap.path("from").asLong()).isEqualTo(1);
      assertThat(gap.path("to").asLong()).isEqualTo(15);
      assertThat(gap.path("group").asText()).isEqualTo("g");
      assertThat(payloads(client.next("EVENT", 5))).containsExactly(15, 16, 17, 18, 19);
    }
  }

  @Test
  void aDeletedGroupsSubscriptionIsRevoked() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.bus.admin().deleteGroup("t", "g");
      JsonNode revoked = client.next("REVOKED");
      assertThat(revoked.path("topic").asText()).isEqualTo("t");
      assertThat(revoked.path("msg").asText()).isNotEmpty();
      assertThat(client.ask(SUBSCRIBE).path("op").asText()).isEqualTo("OK");
    }
  }

  @Test
  void aSoughtGroupsSubscriptionIsRevoked() {
    on.publish("t", "1");
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      client.ask(ack(client.next("EVENT")));
      on.bus.admin().seek("t", "g", StartAt.EARLIEST);
      assertThat(client.next("REVOKED").path("msg").asText()).contains("moved");
      client.send(SUBSCRIBE);
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(1);
    }
  }

  @Test
  void aGroupMadeByAClientExpiresSevenDaysAfterItsLastSubscriber() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      assertThat(on.bus.admin().group("t", "g").orElseThrow().settings().expireAfter())
          .isEqualTo(Duration.ofDays(7));
    }
  }

  @Test
  void aFilterAndAnOrderingAreTheGroups() {
    try (Peer client = on.login()) {
      client.ask(
          SUBSCRIBE.replace("}}", ",'ordering':'key','maxAttempts':2,'filter':{'key':'k'}}}"));
      client.send("{'op':'PUBLISH','topic':'t','payload':1}");
      client.send("{'op':'PUBLISH','topic':'t','payload':2,'opts':{'key':'k'}}");
      assertThat(client.next("EVENT").at("/event/payload").asInt()).isEqualTo(2);
      try (Peer other = on.login()) {
        JsonNode refused = other.ask(SUBSCRIBE.replace("}}", ",'ordering':'topic'}}"));
        assertThat(refused.path("code").asText()).isEqualTo("bad_request");
        assertThat(refused.path("msg").asText()).contains("ordering");
      }
    }
  }

  @Test
  void whatStandsBeforeACloseStillTakesEffect() {
    try (Peer client = on.login()) {
      client.ask(SUBSCRIBE);
      on.publish("t", "1");
      client.send(ack(client.next("EVENT")));
    }
    await()
        .untilAsserted(
            () -> assertThat(on.bus.admin().group("t", "g").orElseThrow().floor()).isEqualTo(1));
  }
}
