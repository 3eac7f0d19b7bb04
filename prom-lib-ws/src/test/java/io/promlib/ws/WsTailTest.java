package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WsTailTest {
  private Fixture on;

  @BeforeEach
  void start() {
    on = Fixture.start();
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private static String tail(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','opts':{'mode':'tail'" + opts + "}}";
  }

  private static String op(JsonNode frame) {
    return frame.path("op").asText();
  }

  private static List<Long> seqs(List<JsonNode> events) {
    return events.stream().map(event -> event.at("/event/seq").asLong()).toList();
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private void publish(int count) {
    IntStream.range(0, count).forEach(i -> on.publish("t", String.valueOf(i)));
  }

  private EventRecord keyed(String key, String json) {
    return on.bus
        .publish(
            new Topic<>("t", Payload.class), Payload.json(json), PublishOptions.none().key(key))
        .record();
  }

  @Test
  void everyConnectionGetsEveryEventInOrder() {
    try (Peer first = on.login();
        Peer second = on.login()) {
      first.ask(tail(""));
      second.ask(tail(""));
      publish(1000);
      assertThat(seqs(first.next("EVENT", 1000))).isEqualTo(range(1, 1000));
      assertThat(seqs(second.next("EVENT", 1000))).isEqualTo(range(1, 1000));
    }
  }

  @Test
  void anEventHasNoGroupAndNothingToSettleItWith() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      on.publish("t", "1");
      JsonNode event = client.next("EVENT");
      assertThat(event.has("group")).isFalse();
      assertThat(event.path("ctx").toString()).isEqualTo("{}");
      assertThat(client.refusal("{'op':'ACK','topic':'t','id':'i'}")).isEqualTo("not_subscribed");
    }
  }

  @Test
  void theAnswerSaysAfterWhichPositionItGoesOn() {
    publish(5);
    try (Peer client = on.login()) {
      assertThat(client.ask(tail("")).path("seq").asLong(-1)).isEqualTo(5);
      publish(1);
      assertThat(seqs(client.next("EVENT", 1))).containsExactly(6L);
    }
  }

  @Test
  void itBeginsWhereItIsAskedTo() {
    EventRecord third = IntStream.range(0, 3).mapToObj(i -> on.publish("t", "1")).toList().get(2);
    publish(2);
    begins(",'from':'earliest'", 1);
    begins(",'from':'afterSeq','seq':3", 4);
    begins(",'from':'afterId','afterId':'" + third.id() + "'", 4);
    begins(",'from':'ts','ts':0", 1);
  }

  private void begins(String opts, long first) {
    try (Peer client = on.login()) {
      client.ask(tail(opts));
      assertThat(seqs(client.next("EVENT", (int) (6 - first)))).isEqualTo(range(first, 5));
    }
  }

  @Test
  void aFilterLetsThroughWhatMatches() {
    keyed("a", "1");
    keyed("b", "2");
    keyed("a", "3");
    try (Peer client = on.login()) {
      client.ask(tail(",'from':'earliest','filter':{'key':'a'}"));
      assertThat(seqs(client.next("EVENT", 2))).containsExactly(1L, 3L);
    }
  }

  @Test
  void aSnapshotHasTheLatestOfEveryKeyAndThenGoesOn() {
    keyed("a", "1");
    keyed("b", "2");
    keyed("c", "3");
    keyed("a", "4");
    keyed("c", "null");
    try (Peer client = on.login()) {
      client.ask(tail(",'snapshot':true"));
      List<JsonNode> state = client.next("EVENT", 2);
      assertThat(seqs(state)).containsExactlyInAnyOrder(2L, 4L);
      assertThat(state)
          .allSatisfy(
              event -> assertThat(event.path("ctx").toString()).isEqualTo("{\"snapshot\":true}"));
      keyed("b", "6");
      JsonNode live = client.next("EVENT");
      assertThat(live.at("/event/seq").asLong()).isEqualTo(6);
      assertThat(live.path("ctx").toString()).isEqualTo("{}");
    }
  }

  @Test
  void nothingIsMissingBetweenSnapshotAndLiveWhileOthersPublish() throws Exception {
    int all = 6000;
    Thread publisher =
        new Thread(() -> IntStream.range(0, all).forEach(i -> keyed("k" + i % 300, "" + i)));
    publisher.start();
    await().until(() -> on.bus.admin().topic("t").extent().tail() > 1000);
    try (Peer client = on.login()) {
      client.ask(tail(",'snapshot':true"));
      long[] last = new long[300];
      List<Long> got = new ArrayList<>();
      while (IntStream.range(0, 300).anyMatch(k -> last[k] != all - 300 + k + 1)) {
        JsonNode event = client.next("EVENT");
        long seq = event.at("/event/seq").asLong();
        int key = (int) ((seq - 1) % 300);
        boolean snapshot = event.at("/ctx/snapshot").asBoolean();
        if (snapshot) {
          assertThat(last[key]).as("told once of key %d", key).isZero();
        } else if (last[key] != 0) {
          assertThat(seq).as("the next of key %d", key).isEqualTo(last[key] + 300);
        }
        last[key] = seq;
        got.add(seq);
      }
      assertThat(got).doesNotHaveDuplicates();
    }
    publisher.join(60_000);
  }

  @Test
  void whatRetentionTookIsTold() {
    on.bus.admin().configure("t", TopicSettings.IN_MEMORY.maxEvents(10));
    publish(100);
    long first = on.bus.admin().topic("t").extent().first();
    try (Peer client = on.login()) {
      client.ask(tail(",'from':'afterSeq','seq':5"));
      assertThat(client.next().toString())
          .isEqualTo("{\"op\":\"GAP\",\"topic\":\"t\",\"from\":6,\"to\":" + (first - 1) + "}");
      assertThat(seqs(client.next("EVENT", (int) (101 - first)))).isEqualTo(range(first, 100));
    }
  }

  @Test
  void aSecondTailOfTheTopicIsRefusedAndAGroupIsNot() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      assertThat(client.refusal(tail(""))).isEqualTo("already_subscribed");
      assertThat(op(client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}"))).isEqualTo("OK");
      on.publish("t", "1");
      assertThat(client.next("EVENT", 2))
          .extracting(event -> event.path("group").asText("none"))
          .containsExactlyInAnyOrder("none", "g");
    }
  }

  @Test
  void anUnsubscribeEndsItAndItMayBeginAgain() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      assertThat(op(client.ask("{'op':'UNSUBSCRIBE','topic':'t'}"))).isEqualTo("OK");
      publish(1);
      client.hearsNothingFor(Duration.ofMillis(200));
      assertThat(client.refusal("{'op':'UNSUBSCRIBE','topic':'t'}")).isEqualTo("not_subscribed");
      client.ask(tail(",'from':'earliest'"));
      assertThat(seqs(client.next("EVENT", 1))).containsExactly(1L);
    }
  }

  @Test
  void aPausedTailGoesOnWhereItWas() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      assertThat(op(client.ask("{'op':'PAUSE','topic':'t'}"))).isEqualTo("OK");
      publish(3);
      client.hearsNothingFor(Duration.ofMillis(200));
      client.send("{'op':'RESUME','topic':'t'}");
      assertThat(seqs(client.next("EVENT", 3))).isEqualTo(range(1, 3));
    }
  }

  @Test
  void tailsCountAsSubscriptions() {
    try (Fixture limited = Fixture.limited(limits -> limits.maxSubscriptions(1));
        Peer client = limited.login()) {
      client.ask(tail(""));
      assertThat(client.refusal(tail("").replace("'t'", "'u'"))).isEqualTo("too_many");
    }
  }

  @Test
  void aReaderWithoutAGroupNeedsARuleWithoutGroups() {
    Tokens tokens =
        new Tokens()
            .with("grouped", Policy.allow(Action.SUBSCRIBE, "t").groups("g").build())
            .with("publisher", Policy.allow(Action.PUBLISH, "t").build())
            .with("reader", Policy.allow(Action.SUBSCRIBE, "t").build());
    try (Fixture guarded = Fixture.with(b -> b.auth(tokens))) {
      for (String token : List.of("grouped", "publisher", "reader")) {
        try (Peer client = guarded.connect()) {
          client.ask(Tokens.auth(token));
          JsonNode answer = client.ask(tail(""));
          assertThat(answer.path("code").asText("OK"))
              .as(token)
              .isEqualTo(token.equals("reader") ? "OK" : "forbidden");
        }
      }
    }
  }

  @Test
  void aTokenThatNoLongerAllowsItRevokesIt() {
    Tokens tokens =
        new Tokens()
            .with("all", Policy.allowAll())
            .with("grouped", Policy.allow(Action.SUBSCRIBE, "t").groups("g").build());
    try (Fixture guarded = Fixture.with(b -> b.auth(tokens));
        Peer client = guarded.connect()) {
      client.ask(Tokens.auth("all"));
      client.ask(tail(""));
      client.ask("{'op':'SUBSCRIBE','topic':'t','group':'g'}");
      JsonNode revoked = client.ask(Tokens.auth("grouped"));
      assertThat(op(revoked)).isEqualTo("REVOKED");
      assertThat(revoked.path("topic").asText()).isEqualTo("t");
      assertThat(revoked.has("group")).isFalse();
      assertThat(op(client.next())).isEqualTo("OK");
      guarded.publish("t", "1");
      assertThat(client.next("EVENT").path("group").asText()).isEqualTo("g");
      client.hearsNothingFor(Duration.ofMillis(200));
    }
  }

  @Test
  void whatASlowReaderHasNotReadStaysInTheStore() throws Exception {
    TailSpy spy = new TailSpy(on.bus);
    String large = "\"" + "x".repeat(100_000) + "\"";
    try (WsGateway gateway =
            WsGateway.of(spy.bus)
                .port(0)
                .auth(Fixture.open())
                .limits(Fixture.patient().build())
                .start();
        RawPeer slow = RawPeer.connect(gateway.address(), 8 << 10).login()) {
      slow.text(tail("").replace('\'', '"'));
      assertThat(slow.read().text()).contains("OK");
      on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
      IntStream.range(0, 400).forEach(i -> on.publish("t", large));
      await().until(() -> spy.tails.get(0).position() >= 10);
      // A quarter of what may be queued, and what sockets hold.
      await()
          .during(Duration.ofMillis(300))
          .untilAsserted(() -> assertThat(spy.tails.get(0).position()).isLessThanOrEqualTo(150));
      for (int i = 1; i <= 400; i++) {
        assertThat(Json.mapper().readTree(slow.read().text()).at("/event/seq").asLong())
            .isEqualTo(i);
      }
    }
  }

  @Test
  void anEventTooLargeForAFrameIsNamedAndTheTailGoesOn() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      Topic<List<String>> topic = new Topic<>("t", List.class);
      on.bus.publish(topic, List.of("x".repeat((1 << 20) + (128 << 10))));
      publish(1);
      JsonNode error = client.next();
      assertThat(error.path("code").asText()).isEqualTo("too_large");
      assertThat(error.path("msg").asText()).contains("seq 1 of t");
      assertThat(seqs(client.next("EVENT", 1))).containsExactly(2L);
    }
  }

  @Test
  void theEndOfTheConnectionEndsItsTails() {
    TailSpy spy = new TailSpy(on.bus);
    WsGateway gateway = WsGateway.of(spy.bus).port(0).auth(Fixture.open()).start();
    Peer crashing = Peer.login(gateway.address());
    Peer leaving = Peer.login(gateway.address());
    try (Peer staying = Peer.login(gateway.address())) {
      for (Peer peer : List.of(crashing, leaving, staying)) {
        peer.ask(tail(""));
      }
      crashing.crash();
      leaving.leave();
      await().until(() -> ended(spy) == 2);
      gateway.close();
      assertThat(op(staying.next())).isEqualTo("GOAWAY");
      await().until(() -> ended(spy) == 3);
    }
  }

  private static long ended(TailSpy spy) {
    return spy.tails.stream().filter(tail -> tail.ended().toCompletableFuture().isDone()).count();
  }

  @Test
  void theEndOfTheBusSendsReadersAway() {
    try (Peer client = on.login()) {
      client.ask(tail(""));
      on.bus.close();
      assertThat(client.next("GOAWAY").path("msg").asText()).contains("bus");
    }
  }
}
