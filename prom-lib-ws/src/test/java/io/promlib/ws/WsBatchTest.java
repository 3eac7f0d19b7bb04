package io.promlib.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.TopicSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Several events in one frame. */
class WsBatchTest {
  private static final int CUT = 256 << 10;

  private Fixture on;

  @BeforeEach
  void start() {
    on = Fixture.limited(l -> l.maxInFlight(1000));
  }

  @AfterEach
  void stop() {
    on.close();
  }

  private static String subscribe(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','group':'g','opts':{'from':'earliest'," + opts + "}}";
  }

  private static String tail(String opts) {
    return "{'op':'SUBSCRIBE','topic':'t','opts':{'mode':'tail','from':'earliest'," + opts + "}}";
  }

  private static String op(JsonNode frame) {
    return frame.path("op").asText();
  }

  private static List<Long> seqs(JsonNode frame) {
    List<Long> seqs = new ArrayList<>();
    frame.path("events").forEach(item -> seqs.add(item.at("/event/seq").asLong()));
    return seqs;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private void publish(int count) {
    IntStream.range(0, count).forEach(i -> on.publish("t", String.valueOf(i)));
  }

  /** Publishes while the client's delivery is paused, so that all is ready when it goes on. */
  private void publishWhilePaused(Peer client, Payload... payloads) {
    client.answerTo("{'op':'PAUSE','topic':'t','group':'g'}");
    on.publishAtOnce("t", List.of(payloads));
    client.send("{'op':'RESUME','topic':'t','group':'g'}");
  }

  private static Payload[] numbers(int count) {
    return IntStream.range(0, count).mapToObj(Payload::of).toArray(Payload[]::new);
  }

  @Test
  void whatIsReadyComesInOneFrameInOrder() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100"));
      publishWhilePaused(client, numbers(50));
      JsonNode frame = client.next("EVENTS");
      assertThat(seqs(frame)).isEqualTo(range(1, 50));
      assertThat(frame.path("topic").asText()).isEqualTo("t");
      assertThat(frame.path("group").asText()).isEqualTo("g");
      JsonNode last = frame.path("events").path(49);
      assertThat(last.at("/event/payload").asInt()).isEqualTo(49);
      assertThat(last.at("/ctx/attempt").asInt()).isEqualTo(1);
      assertThat(last.at("/ctx/ack_deadline_ms").asLong()).isBetween(300_000L, 600_000L);
      assertThat(last.at("/ctx/lease").asText()).isNotEmpty();
    }
  }

  @Test
  void aFrameHasNoMoreEventsThanWereAskedFor() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':7"));
      publishWhilePaused(client, numbers(20));
      assertThat(client.next("EVENTS", 3).stream().map(WsBatchTest::seqs))
          .containsExactly(range(1, 7), range(8, 14), range(15, 20));
    }
  }

  @Test
  void anEventThatIsAloneWaitsForNoOther() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':1000"));
      for (long i = 1; i <= 20; i++) {
        on.publish("t", "1");
        assertThat(seqs(client.next("EVENTS"))).containsExactly(i);
      }
    }
  }

  @Test
  void aThousandIsTheMostThatMayBeAskedFor() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':1000,'batchSize':1000"));
      publishWhilePaused(client, numbers(1000));
      assertThat(seqs(client.next("EVENTS"))).isEqualTo(range(1, 1000));
    }
  }

  @Test
  void noMoreIsSentThanMayBeInFlight() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100,'maxInFlight':3"));
      on.publishAtOnce("t", List.of(numbers(5)));
      JsonNode frame = client.next("EVENTS");
      assertThat(seqs(frame)).containsExactly(1L, 2L, 3L);
      client.hearsNothingFor(Duration.ofMillis(200));
      String id = frame.at("/events/1/event/id").asText();
      client.send("{'op':'ACK','topic':'t','group':'g','ids':['" + id + "']}");
      assertThat(seqs(client.next("EVENTS"))).containsExactly(4L);
    }
  }

  @Test
  void aFrameIsCutAtItsLimitAndOneEventAlwaysGoesIntoIt() throws JsonProcessingException {
    Payload half = Payload.json("\"" + "é".repeat(60_000) + "\"");
    Payload whole = Payload.json("\"" + "x".repeat(600_000) + "\"");
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100"));
      publishWhilePaused(client, half, half, half, half, half, whole, Payload.of(1));
      List<List<Long>> frames = new ArrayList<>();
      for (int got = 0; got < 7; ) {
        String text = client.nextText();
        JsonNode frame = Json.mapper().readTree(text);
        if (op(frame).equals("EVENTS")) {
          frames.add(seqs(frame));
          got += seqs(frame).size();
        }
        if (frame.path("events").size() > 1) {
          assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(CUT);
        }
      }
      assertThat(frames)
          .containsExactly(range(1, 2), range(3, 4), List.of(5L), List.of(6L), List.of(7L));
    }
  }

  @Test
  void theLimitOfAFrameIsTheHosts() {
    try (Fixture small = Fixture.limited(l -> l.maxBatchBytes(1024));
        Peer client = small.login()) {
      client.ask(subscribe("'batch':100"));
      client.answerTo("{'op':'PAUSE','topic':'t','group':'g'}");
      IntStream.range(0, 20).forEach(i -> small.publish("t", "1"));
      client.send("{'op':'RESUME','topic':'t','group':'g'}");
      for (int got = 0; got < 20; ) {
        JsonNode frame = client.next();
        assertThat(frame.toString()).hasSizeLessThanOrEqualTo(1024);
        got += frame.path("events").size();
      }
    }
  }

  /** The frame of the largest event is then smaller than a batch may be. */
  private static Fixture ofSmallEvents() {
    return Fixture.limited(l -> l.maxEventBytes(1000).maxInFlight(1000));
  }

  @Test
  void aFullFrameOfSmallEventsIsNotTakenForOneThatIsTooLarge() {
    String most = "\"" + "x".repeat(900) + "\"";
    try (Fixture small = ofSmallEvents();
        Peer client = small.login()) {
      client.ask(subscribe("'batch':1000,'batchSize':1000"));
      client.answerTo("{'op':'PAUSE','topic':'t','group':'g'}");
      IntStream.range(0, 400).forEach(i -> small.publish("t", most));
      client.send("{'op':'RESUME','topic':'t','group':'g'}");
      List<Long> seen = new ArrayList<>();
      while (seen.size() < 400) {
        seen.addAll(seqs(client.next("EVENTS")));
      }
      assertThat(seen).isEqualTo(range(1, 400));
      assertThat(small.bus.admin().deadLetters("t").list(1, 10)).isEmpty();
    }
  }

  @Test
  void norOfATail() {
    String most = "\"" + "x".repeat(900) + "\"";
    try (Fixture small = ofSmallEvents();
        Peer client = small.login()) {
      IntStream.range(0, 400).forEach(i -> small.publish("t", most));
      client.ask(tail("'batch':1000,'batchSize':1000"));
      List<Long> seen = new ArrayList<>();
      while (seen.size() < 400) {
        seen.addAll(seqs(client.next()));
      }
      assertThat(seen).isEqualTo(range(1, 400));
    }
  }

  @Test
  void anObjectTooLargeForAFrameGoesToTheDeadLettersAndTheOthersAreSent() {
    Payload tooLarge = Payload.of(List.of("x".repeat((1 << 20) + (128 << 10))));
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100"));
      publishWhilePaused(client, Payload.of(1), tooLarge, Payload.of(3));
      assertThat(seqs(client.next("EVENTS"))).containsExactly(1L);
      assertThat(seqs(client.next("EVENTS"))).containsExactly(3L);
      await()
          .untilAsserted(() -> assertThat(on.bus.admin().deadLetters("t").list(1, 10)).hasSize(1));
    }
  }

  @Test
  void aPayloadThatCannotBeWrittenIsNackedAndTheOthersAreSent() {
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100,'maxAttempts':1"));
      publishWhilePaused(client, Payload.of(1), Payload.of(new Unwritable()), Payload.of(3));
      assertThat(seqs(client.next("EVENTS"))).containsExactly(1L, 3L);
    }
  }

  /** It contains itself, so JSON of it would have no end. */
  static final class Unwritable {
    public Unwritable getSelf() {
      return this;
    }
  }

  @Test
  void aPayloadIsSentAsItWasSpelled() {
    String payload = "{\"n\":-0.0,\"big\":1e400, \"sp\" : [ 1 , 2 ],\"u\":\"\\u0000\"}";
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100"));
      on.publish("t", payload);
      assertThat(client.nextText()).contains("\"payload\":" + payload + "}");
    }
  }

  @Test
  void aGapIsToldBetweenTheEventsBeforeAndBehindIt() {
    on.bus.admin().configure("t", TopicSettings.IN_MEMORY.maxEvents(5));
    try (Peer client = on.login()) {
      client.ask(subscribe("'batch':100"));
      publishWhilePaused(client, numbers(20));
      client.next("GAP");
      assertThat(seqs(client.next("EVENTS"))).isEqualTo(range(16, 20));
    }
  }

  @Test
  void aSlowClientIsNotSentMoreThanItReadsAndMissesNothing() throws JsonProcessingException {
    int events = 400;
    String large = "\"" + "x".repeat(60_000) + "\"";
    on.bus.admin().configure("t", TopicSettings.IN_MEMORY);
    try (RawPeer slow = RawPeer.connect(on.address(), 8 << 10).login()) {
      slow.text(subscribe("'batch':10").replace('\'', '"'));
      assertThat(slow.read().text()).contains("\"OK\"");
      IntStream.range(0, events).forEach(i -> on.publish("t", large));
      await()
          .during(Duration.ofMillis(300))
          .untilAsserted(
              () ->
                  assertThat(on.bus.admin().group("t", "g").orElseThrow().inFlight())
                      .isLessThan(events));
      List<Long> seen = new ArrayList<>();
      while (seen.size() < events) {
        String text = slow.read().text();
        assertThat(text).hasSizeLessThanOrEqualTo(CUT);
        seen.addAll(seqs(Json.mapper().readTree(text)));
      }
      assertThat(seen).isEqualTo(range(1, events));
      assertThat(on.errors).isEmpty();
    }
  }

  @Test
  void aBatchOfAClientThatDiedComesAgainAndCounts() {
    Peer first = on.login();
    first.ask(subscribe("'batch':100,'quiet':true"));
    publishWhilePaused(first, numbers(3));
    JsonNode frame = first.next("EVENTS");
    String acked = frame.at("/events/1/event/id").asText();
    first.answerTo("{'op':'ACK','topic':'t','group':'g','ids':['" + acked + "'],'confirm':true}");
    try (Peer second = on.login()) {
      second.ask(subscribe("'batch':100"));
      first.crash();
      List<Long> again = new ArrayList<>();
      while (again.size() < 2) {
        JsonNode next = second.next("EVENTS");
        again.addAll(seqs(next));
        next.path("events")
            .forEach(item -> assertThat(item.at("/ctx/attempt").asInt()).isEqualTo(2));
      }
      assertThat(again).containsExactlyInAnyOrder(1L, 3L);
    }
  }

  @Test
  void aCleanCloseHandsABatchBackUncounted() {
    Peer first = on.login();
    first.ask(subscribe("'batch':100"));
    publishWhilePaused(first, numbers(3));
    first.next("EVENTS");
    try (Peer second = on.login()) {
      second.ask(subscribe("'batch':100"));
      first.leave();
      assertThat(second.next("EVENTS").at("/events/0/ctx/attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  void aTailGetsBatchesInOrder() {
    publish(250);
    try (Peer client = on.login()) {
      client.ask(tail("'batch':100,'batchSize':1000,'quiet':true"));
      assertThat(client.next("EVENTS", 3).stream().map(WsBatchTest::seqs))
          .containsExactly(range(1, 100), range(101, 200), range(201, 250));
      on.publish("t", "1");
      JsonNode lone = client.next("EVENTS");
      assertThat(seqs(lone)).containsExactly(251L);
      assertThat(lone.has("group")).isFalse();
      assertThat(lone.at("/events/0/ctx").toString()).isEqualTo("{}");
    }
  }

  @Test
  void aTailsFrameIsCutAtItsLimit() {
    String half = "\"" + "x".repeat(120_000) + "\"";
    IntStream.range(0, 5).forEach(i -> on.publish("t", half));
    try (Peer client = on.login()) {
      client.ask(tail("'batch':100"));
      assertThat(client.next("EVENTS", 3).stream().map(WsBatchTest::seqs))
          .containsExactly(range(1, 2), range(3, 4), List.of(5L));
    }
  }

  @Test
  void aTailPassesOverAnEventTooLargeForAFrameBetweenItsNeighbours() {
    on.publish("t", "1");
    on.bus.publish(new Topic<>("t", List.class), List.of("x".repeat((1 << 20) + (128 << 10))));
    on.publish("t", "3");
    try (Peer client = on.login()) {
      client.ask(tail("'batch':100"));
      assertThat(seqs(client.next())).containsExactly(1L);
      assertThat(client.next().path("msg").asText()).contains("seq 2");
      assertThat(seqs(client.next())).containsExactly(3L);
    }
  }

  @Test
  void aSnapshotComesInBatchesToo() {
    for (String key : List.of("a", "b")) {
      on.bus.publish(
          new Topic<>("t", Payload.class), Payload.json("1"), PublishOptions.none().key(key));
    }
    try (Peer client = on.login()) {
      client.ask(
          "{'op':'SUBSCRIBE','topic':'t','opts':{'mode':'tail','snapshot':true,'batch':10}}");
      JsonNode state = client.next("EVENTS");
      assertThat(state.path("events")).hasSize(2);
      assertThat(state.at("/events/1/ctx/snapshot").asBoolean()).isTrue();
      on.publish("t", "2");
      assertThat(client.next("EVENTS").at("/events/0/ctx").has("snapshot")).isFalse();
    }
  }
}
