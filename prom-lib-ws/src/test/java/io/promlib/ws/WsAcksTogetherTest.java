package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.wire.CloseCode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** ACK frames that arrive with one read of the socket, and what may come between them. */
class WsAcksTogetherTest {
  private static final Topic<Payload> TOPIC = new Topic<>("t", Payload.class);

  private Fixture on;
  private RawPeer client;

  @BeforeEach
  void start() {
    on = Fixture.start();
    client = RawPeer.connect(on.address()).login();
  }

  @AfterEach
  void stop() {
    client.close();
    on.close();
  }

  private static String json(String frame) {
    return frame.replace('\'', '"');
  }

  private static String ack(String id, String more) {
    return json("{'op':'ACK','topic':'t','group':'g','id':'" + id + "'" + more + "}");
  }

  private static String ack(String id) {
    return ack(id, ",'corr':'" + id + "'");
  }

  private JsonNode read() {
    try {
      return Json.mapper().readTree(client.read().text());
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  /** What so many frames answer. */
  private List<String> answers(int count) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JsonNode frame = read();
      String said =
          Stream.of("result", "results", "code", "msg", "op")
              .filter(frame::has)
              .findFirst()
              .map(
                  field ->
                      frame.path(field).isArray()
                          ? frame.path(field).toString()
                          : frame.path(field).asText())
              .orElseThrow();
      answers.add(said);
    }
    return answers;
  }

  /** Subscribes with some options and is sent an event for each of these ids. */
  private void deliver(String opts, String... ids) {
    client.text(
        json("{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'" + opts + "}}"));
    assertThat(answers(1)).containsExactly("OK");
    for (String id : ids) {
      on.bus.publish(TOPIC, Payload.of(1), PublishOptions.none().id(id));
    }
    for (String id : ids) {
      assertThat(read().at("/event/id").asText()).isEqualTo(id);
    }
  }

  private void isDoneUpTo(long seq) {
    await()
        .untilAsserted(
            () -> assertThat(on.bus.admin().group("t", "g").orElseThrow().floor()).isEqualTo(seq));
  }

  @Test
  void eachIsAnsweredInItsOrderAndUnderItsOwnCorr() {
    deliver("", "a", "b", "c");
    client.together(ack("b"), ack("never"), ack("a"), ack("c"));
    List<JsonNode> frames = List.of(read(), read(), read(), read());
    assertThat(frames)
        .extracting(f -> f.path("corr").asText())
        .containsExactly("b", "never", "a", "c");
    assertThat(frames)
        .extracting(f -> f.path("result").asText())
        .containsExactly("ok", "unknown", "ok", "ok");
    isDoneUpTo(3);
  }

  @Test
  void anEventInTwoOfThemIsAckedByTheFirst() {
    deliver("", "a", "b");
    String both = json("{'op':'ACK','topic':'t','group':'g','ids':['b','a','b']}");
    client.together(ack("a"), ack("a"), both, ack("b"));
    assertThat(answers(4))
        .containsExactly(
            "ok", "already_acked", "[\"ok\",\"already_acked\",\"already_acked\"]", "already_acked");
  }

  @Test
  void aNackBehindAnAckComesTooLateAndAnAckBehindANackToo() {
    deliver("", "a", "b");
    String nack = json("{'op':'NACK','topic':'t','group':'g','id':'%s','delay_ms':3600000}");
    client.together(ack("a"), nack.formatted("a"), nack.formatted("b"), ack("b"));
    assertThat(answers(4)).containsExactly("ok", "already_acked", "ok", "stale_lease");
  }

  @Test
  void aWrongLeaseIsStaleBesideARightAck() {
    deliver("", "a");
    client.together(ack("a", ",'lease':'another'"), ack("a"), ack("a", ",'lease':'another'"));
    assertThat(answers(3)).containsExactly("stale_lease", "ok", "already_acked");
  }

  @Test
  void ofAQuietSubscriptionThoseAreAnsweredThatAskForItOrAreNotOk() {
    deliver(",'quiet':true", "a", "b", "c");
    client.together(
        ack("a"),
        ack("b", ",'confirm':true,'corr':'asked'"),
        ack("a", ",'corr':'again'"),
        ack("c"));
    assertThat(List.of(read(), read()))
        .extracting(f -> f.path("corr").asText() + " " + f.path("result").asText())
        .containsExactly("asked ok", "again already_acked");
    isDoneUpTo(3);
  }

  @Test
  void whatComesBehindThemComesBehindTheirEffect() {
    deliver("", "a", "b");
    client.together(
        ack("a"),
        "no JSON",
        ack("b"),
        json("{'op':'UNSUBSCRIBE','topic':'t','group':'g'}"),
        ack("b"));
    assertThat(answers(5)).containsExactly("ok", "bad_json", "ok", "OK", "not_subscribed");
    isDoneUpTo(2);
  }

  @Test
  void anAckOfAnotherSubscriptionWaitsForThoseBefore() {
    deliver("", "a");
    client.together(ack("a"), json("{'op':'ACK','topic':'t','group':'other','id':'a'}"), ack("a"));
    assertThat(answers(3)).containsExactly("ok", "not_subscribed", "already_acked");
  }

  @Test
  void asManyAreTakenAsComeAndEachEventOnce() {
    String[] ids =
        Stream.iterate(1, i -> i + 1).limit(100).map(i -> "e" + i).toArray(String[]::new);
    deliver("", ids);
    client.together(Arrays.stream(ids).map(WsAcksTogetherTest::ack).toArray(String[]::new));
    assertThat(answers(100)).hasSize(100).containsOnly("ok");
    isDoneUpTo(100);
  }

  @Test
  void theyTakeEffectAndAreAnsweredThoughTheConnectionIsClosedBehindThem() {
    deliver("", "a", "b");
    on.bus.publish(TOPIC, Payload.of(1), PublishOptions.none().id("c"));
    assertThat(read().at("/event/id").asText()).isEqualTo("c");
    client.togetherWithHead(GatewayLimits.defaults().maxFrameBytes() + 1, ack("a"), ack("b"));
    assertThat(answers(3)).containsExactly("ok", "ok", "too_large");
    assertThat(client.closeCode()).isEqualTo(CloseCode.TOO_LARGE);
    isDoneUpTo(2);
  }

  @Test
  void oneThatFailsIsAnsweredByItselfAndTheOthersTakeEffect() {
    try (WsGateway gateway =
            WsGateway.of(FailingAcks.of(on.bus, "b"::equals))
                .port(0)
                .auth(Fixture.open())
                .limits(Fixture.patient().build())
                .start();
        RawPeer other = RawPeer.connect(gateway.address()).login()) {
      client.close();
      client = other;
      deliver("", "a", "b", "c");
      client.together(ack("a"), ack("b"), ack("c"));
      assertThat(answers(3)).containsExactly("already_acked", "ack_failed", "ok");
    }
  }
}
