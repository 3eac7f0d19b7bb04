package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ACK, NACK, MODACK and TERM of several events, and acks that are answered only when they fail. */
class WsSettlingTest {
  private Fixture on;

  @BeforeEach
  void start() {
    on = Fixture.start();
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private static String subscribe(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'" + opts + "}}";
  }

  private static String settle(String op, List<String> ids, String more) {
    String quoted = quoted(ids);
    return "{'op':'" + op + "','topic':'t','group':'g','ids':" + quoted + more + "}";
  }

  private static String quoted(List<String> all) {
    return all.stream().collect(Collectors.joining("','", "['", "']"));
  }

  private static List<String> results(JsonNode answer) {
    List<String> results = new ArrayList<>();
    assertThat(answer.has("results")).as(answer.toString()).isTrue();
    answer.path("results").forEach(result -> results.add(result.asText()));
    return results;
  }

  /** Publishes so many events and waits until the client has them. */
  private List<JsonNode> deliver(Peer client, int count) {
    for (int i = 0; i < count; i++) {
      on.publish("t", String.valueOf(i));
    }
    return client.next("EVENT", count);
  }

  private static List<String> ids(List<JsonNode> events) {
    return events.stream().map(event -> event.at("/event/id").asText()).toList();
  }

  private static List<String> leases(List<JsonNode> events) {
    return events.stream().map(event -> event.at("/ctx/lease").asText()).toList();
  }

  private long floor() {
    return on.bus.admin().group("t", "g").orElseThrow().floor();
  }

  @Test
  void severalAreAckedByOneFrame() {
    try (Peer client = on.login()) {
      client.ask(subscribe(""));
      List<JsonNode> events = deliver(client, 100);
      assertThat(results(client.answerTo(settle("ACK", ids(events), ""))))
          .hasSize(100)
          .containsOnly("ok");
      await().untilAsserted(() -> assertThat(floor()).isEqualTo(100));
    }
  }

  @Test
  void resultsStandInTheOrderOfTheIds() {
    try (Peer client = on.login()) {
      client.ask(subscribe(""));
      List<JsonNode> events = deliver(client, 3);
      List<String> ids = ids(events);
      client.answerTo(settle("TERM", List.of(ids.get(1)), ""));
      List<String> asked = List.of("never", ids.get(2), ids.get(1), ids.get(0), ids.get(2));
      assertThat(results(client.answerTo(settle("ACK", asked, ""))))
          .containsExactly("unknown", "ok", "dead_lettered", "ok", "already_acked");
    }
  }

  @Test
  void eachIsSettledUnderTheLeaseAtItsPlace() {
    try (Peer client = on.login()) {
      client.ask(subscribe(""));
      List<JsonNode> events = deliver(client, 2);
      List<String> ids = ids(events);
      client.send(settle("NACK", List.of(ids.get(0)), ",'delay_ms':0"));
      JsonNode again = client.next("EVENT");
      String late = ",'leases':" + quoted(leases(events));
      assertThat(results(client.answerTo(settle("ACK", ids, late))))
          .containsExactly("stale_lease", "ok");
      String right = ",'lease':'" + again.at("/ctx/lease").asText() + "'";
      assertThat(results(client.answerTo(settle("ACK", List.of(ids.get(0)), right))))
          .containsExactly("ok");
    }
  }

  @Test
  void nackedTogetherTheyComeAgain() {
    try (Peer client = on.login()) {
      client.ask(subscribe(""));
      List<String> ids = ids(deliver(client, 3));
      client.send(settle("NACK", ids, ",'delay_ms':0,'reason':'no'"));
      List<JsonNode> again = client.next("EVENT", 3);
      assertThat(ids(again)).containsExactlyInAnyOrderElementsOf(ids);
      assertThat(again).allSatisfy(e -> assertThat(e.at("/ctx/attempt").asInt()).isEqualTo(2));
    }
  }

  @Test
  void terminatedTogetherTheyGoToTheDeadLetters() {
    try (Peer client = on.login()) {
      client.ask(subscribe(""));
      List<String> ids = ids(deliver(client, 3));
      assertThat(results(client.answerTo(settle("TERM", ids, ",'reason':'bad'"))))
          .containsExactly("ok", "ok", "ok");
      await()
          .untilAsserted(() -> assertThat(on.bus.admin().deadLetters("t").list(1, 10)).hasSize(3));
    }
  }

  @Test
  void aModackOfSeveralTellsWhichAreNotInFlight() {
    ManualClock clock = new ManualClock();
    on.close();
    on = Fixture.leasingBy(clock);
    try (Peer client = on.login()) {
      client.ask(subscribe(",'ackTimeoutMs':300"));
      String id = deliver(client, 1).get(0).at("/event/id").asText();
      JsonNode answer =
          client.answerTo(settle("MODACK", List.of(id, "never"), ",'extend_ms':20000"));
      assertThat(results(answer)).containsExactly("ok", "unknown");
      clock.advance(Duration.ofSeconds(19));
      client.hearsNothingFor(Duration.ofMillis(200));
    }
  }

  @Test
  void aFailureOfTheBusIsAnErrorOfTheWholeFrame() {
    try (WsGateway gateway =
            WsGateway.of(FailingAcks.of(on.bus)).port(0).auth(Fixture.open()).start();
        Peer client = Peer.login(gateway.address())) {
      client.ask(subscribe(""));
      List<String> ids = ids(deliver(client, 2));
      JsonNode error = client.answerTo(settle("ACK", ids, ""));
      assertThat(error.path("code").asText()).isEqualTo("ack_failed");
      assertThat(error.path("temporary").asBoolean()).isTrue();
    }
  }

  @Test
  void aQuietAckIsAnsweredOnlyWhenItFails() {
    try (Peer client = on.login()) {
      client.ask(subscribe(",'quiet':true"));
      List<JsonNode> events = deliver(client, 3);
      List<String> ids = ids(events);
      client.send(settle("ACK", List.of(ids.get(0), ids.get(1)), ",'corr':'quiet'"));
      client.send("{'op':'ACK','topic':'t','group':'g','id':'" + ids.get(2) + "','corr':'too'}");
      client.send(settle("ACK", ids, ",'corr':'again'"));
      JsonNode answer = client.next();
      assertThat(answer.path("corr").asText()).isEqualTo("again");
      assertThat(results(answer)).containsOnly("already_acked");
      client.send("{'op':'ACK','topic':'t','group':'g','id':'never'}");
      assertThat(client.next().path("result").asText()).isEqualTo("unknown");
    }
  }

  @Test
  void aQuietAckUnderAnOlderLeaseIsAnswered() {
    try (Peer client = on.login()) {
      client.ask(subscribe(",'quiet':true"));
      List<JsonNode> events = deliver(client, 2);
      List<String> ids = ids(events);
      client.send(settle("NACK", List.of(ids.get(1)), ",'delay_ms':0"));
      client.next("EVENT");
      String late = ",'leases':" + quoted(leases(events));
      assertThat(results(client.answerTo(settle("ACK", ids, late))))
          .containsExactly("ok", "stale_lease");
    }
  }

  @Test
  void aQuietSubscriptionAnswersAnAckThatAsksForIt() {
    try (Peer client = on.login()) {
      client.ask(subscribe(",'quiet':true"));
      List<String> ids = ids(deliver(client, 2));
      assertThat(results(client.answerTo(settle("ACK", ids, ",'confirm':true"))))
          .containsExactly("ok", "ok");
    }
  }

  @Test
  void onlyAcksAreQuiet() {
    try (Peer client = on.login()) {
      client.ask(subscribe(",'quiet':true"));
      List<String> ids = ids(deliver(client, 3));
      for (String op : List.of("MODACK", "NACK", "TERM")) {
        List<String> one = List.of(ids.get(op.equals("TERM") ? 1 : 0));
        assertThat(results(client.answerTo(settle(op, one, "")))).containsExactly("ok");
      }
      assertThat(client.answerTo("{'op':'ACK','topic':'t','group':'none','id':'i'}").path("code"))
          .hasToString("\"not_subscribed\"");
    }
  }
}
