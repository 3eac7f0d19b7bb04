package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

class HttpExportTest extends EdgeFixture {
  private static final Topic<Payload> T = new Topic<>("t", JsonNode.class);

  private void publish(int count) {
    bus.publishAll(
        T, IntStream.range(0, count).mapToObj(i -> Message.of(Payload.of("event " + i))).toList());
  }

  private List<String> lines(String query) {
    HttpResponse<String> answer = get("/export?" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).endsWith("\n");
    return answer.body().lines().toList();
  }

  private List<Long> seqs(String query) {
    List<String> lines = lines(query);
    return lines.subList(0, lines.size() - 1).stream()
        .map(line -> json(line).path("seq").asLong())
        .toList();
  }

  @Test
  void everyEventIsALineAndTheLastLineSaysThatTheyAreAll() {
    bus.publish(T, Payload.of(1), PublishOptions.none().id("A-1").key("k").ts(7L));
    bus.publish(T, Payload.NULL, PublishOptions.none().id("A-2").key("k").ts(8L));
    HttpResponse<String> answer = get("/export?topic=t");
    assertThat(answer.body())
        .isEqualTo(
            """
            {"id":"A-1","seq":1,"ts":7,"topic":"t","key":"k","payload":1}
            {"id":"A-2","seq":2,"ts":8,"topic":"t","key":"k","payload":null}
            {"op":"END","count":2,"last_seq":2}
            """);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(answer.headers().firstValue("X-Export-From-Seq")).contains("1");
    assertThat(answer.headers().firstValue("X-Export-To-Seq")).contains("2");
  }

  @Test
  void anArrayIsGivenToWhoAsksForOne() {
    publish(3);
    HttpResponse<String> answer = get("/export?topic=t&ndjson=0");
    assertThat(json(answer.body())).hasSize(3);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(json(get("/export?topic=unheard.of&ndjson=0").body())).isEmpty();
  }

  @Test
  void aTopicThatIsNotThereHasItsEndOnly() {
    assertThat(get("/export?topic=unheard.of").body())
        .isEqualTo("{\"op\":\"END\",\"count\":0,\"last_seq\":0}\n");
  }

  @Test
  void positionsAndTimesChoose() {
    for (long ts : new long[] {100, 500, 200, 400, 300}) {
      bus.publish(T, Payload.of(ts), PublishOptions.none().ts(ts));
    }
    assertThat(seqs("topic=t&fromSeq=2&toSeq=4")).containsExactly(2L, 3L, 4L);
    assertThat(seqs("topic=t&fromSeq=6")).isEmpty();
    assertThat(seqs("topic=t&fromSeq=5&toSeq=4")).isEmpty();
    assertThat(seqs("topic=t&toSeq=0")).isEmpty();
    assertThat(seqs("topic=t&fromTs=200&toTs=500")).containsExactly(3L, 4L, 5L);
    assertThat(seqs("topic=t&fromTs=200&toTs=500&toSeq=4")).containsExactly(3L, 4L);
    assertThat(seqs("topic=t&toTs=200")).containsExactly(1L);
  }

  @Test
  void aPayloadWithLineBreaksStaysOnItsLineAndKeepsItsSpelling() {
    bus.publish(T, Payload.json("{\r\n  \"n\": 1.0e400,\n  \"s\": \"a\\nb\u2028\"\n}"));
    List<String> lines = lines("topic=t");
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .endsWith("\"payload\":{    \"n\": 1.0e400,   \"s\": \"a\\nb\u2028\" }}");
  }

  @Test
  void gzipIsGivenToWhoTakesIt() throws Exception {
    publish(5000);
    String plain = get("/export?topic=t").body();
    for (String accepted : List.of("gzip", "br, gzip;q=0.5", "*")) {
      HttpResponse<byte[]> answer =
          CLIENT.send(
              reading("/export?topic=t").header("Accept-Encoding", accepted).build(),
              BodyHandlers.ofByteArray());
      assertThat(answer.headers().firstValue("Content-Encoding")).contains("gzip");
      assertThat(answer.headers().allValues("Vary")).contains("Accept-Encoding");
      assertThat(answer.body().length).isLessThan(plain.length() / 4);
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(answer.body()))) {
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(plain);
      }
    }
    for (String refused : List.of("br", "gzip;q=0", "*, gzip;q=0.0")) {
      HttpResponse<String> answer =
          send(reading("/export?topic=t").header("Accept-Encoding", refused));
      assertThat(answer.headers().firstValue("Content-Encoding")).isEmpty();
      assertThat(answer.body()).isEqualTo(plain);
    }
  }

  @Test
  void anExportThatIsCutAnywhereAndResumedIsTheWholeByteForByte() throws Exception {
    publish(3000);
    byte[] whole = get("/export?topic=t").body().getBytes(StandardCharsets.UTF_8);
    for (int cut : new int[] {0, 1, 100, 5000, whole.length / 2, whole.length - 10}) {
      byte[] got;
      try (InputStream in =
          CLIENT.send(reading("/export?topic=t").build(), BodyHandlers.ofInputStream()).body()) {
        got = in.readNBytes(cut);
      }
      int complete = 1 + lastIndexOf(got, (byte) '\n');
      String text = new String(got, 0, complete, StandardCharsets.UTF_8);
      long last =
          text.isEmpty()
              ? 0
              : json(text.substring(text.lastIndexOf('\n', complete - 2) + 1)).path("seq").asLong();
      String rest = get("/export?topic=t&fromSeq=" + (last + 1)).body();
      assertThat(withoutEnd(text + rest))
          .isEqualTo(withoutEnd(new String(whole, StandardCharsets.UTF_8)));
      awaitNoRequest();
    }
  }

  private static int lastIndexOf(byte[] bytes, byte sought) {
    int at = bytes.length - 1;
    while (at >= 0 && bytes[at] != sought) {
      at--;
    }
    return at;
  }

  private static String withoutEnd(String text) {
    assertThat(text).endsWith("}\n");
    int end = text.lastIndexOf('\n', text.length() - 2) + 1;
    assertThat(text.substring(end)).startsWith("{\"op\":\"END\"");
    return text.substring(0, end);
  }

  @Test
  void whatRetentionTookIsCountedInTheEnd() {
    InMemoryEventStore events = storeOfTheTest();
    publish(10);
    events.removeBelow("t", 4);
    events.remove("t", List.of(6L));
    assertThat(lines("topic=t&fromSeq=1"))
        .hasSize(7)
        .last()
        .isEqualTo("{\"op\":\"END\",\"count\":6,\"last_seq\":10,\"lost\":3}");
    assertThat(lines("topic=t")).last().isEqualTo("{\"op\":\"END\",\"count\":6,\"last_seq\":10}");
  }

  @Test
  void gapsAreLinesWhereTheyAreForWhoAsks() {
    InMemoryEventStore events = storeOfTheTest();
    publish(10);
    events.removeBelow("t", 4);
    List<String> lines = lines("topic=t&fromSeq=2&gaps=1");
    assertThat(lines).hasSize(9).first().isEqualTo("{\"op\":\"GAP\",\"from\":2,\"to\":3}");
    assertThat(lines.get(8)).isEqualTo("{\"op\":\"END\",\"count\":7,\"last_seq\":10,\"lost\":2}");
    assertThat(lines("topic=t&fromSeq=2&toSeq=3&gaps=1"))
        .containsExactly(
            "{\"op\":\"GAP\",\"from\":2,\"to\":3}",
            "{\"op\":\"END\",\"count\":0,\"last_seq\":0,\"lost\":2}");
    assertThat(lines("topic=t&gaps=1")).hasSize(8);
    assertThat(lines("topic=t&fromSeq=2&gaps=0")).hasSize(8);
    assertThat(get("/export?topic=t&gaps=2").statusCode()).isEqualTo(400);
    assertThat(get("/export?topic=t&gaps=1&ndjson=0").body()).contains("gaps=1 goes with lines");
  }

  private InMemoryEventStore storeOfTheTest() {
    stop();
    InMemoryEventStore events = new InMemoryEventStore();
    bus = EventBus.builder().stores(events, new InMemoryGroupStore()).build();
    edge = start(b -> b);
    return events;
  }

  @Test
  void anExportThatCannotGoOnIsCutAndHasNoEnd() {
    publish(2000);
    Topic<Object> any = Topic.of("t", Object.class);
    bus.publish(any, new Object()); // It has no JSON.
    publish(1);
    try (RawHttp peer = dial()) {
      peer.write(getting("/export?topic=t"));
      String all = peer.rest();
      assertThat(all).startsWith("HTTP/1.1 200").contains("event 1").doesNotContain("END");
      assertThat(all).doesNotEndWith("\r\n0\r\n\r\n");
    }
    awaitNoRequest();
    assertThat(lines("topic=t&fromSeq=2002")).hasSize(2);
  }

  @Test
  void whatIsPublishedWhileItRunsIsTheNextOnes() {
    publish(10);
    List<String> lines = new ArrayList<>(lines("topic=t"));
    publish(5);
    long last = json(lines.get(lines.size() - 1)).path("last_seq").asLong();
    assertThat(seqs("topic=t&fromSeq=" + (last + 1))).containsExactly(11L, 12L, 13L, 14L, 15L);
  }

  @Test
  void everyBadFieldIsNamed() {
    publish(3);
    Map<String, String> bad =
        Map.ofEntries(
            Map.entry("", "topic is missing"),
            Map.entry("topic=a..b", "topic"),
            Map.entry("topic=t&fromSeq=0", "fromSeq must"),
            Map.entry("topic=t&fromSeq=first", "fromSeq must"),
            Map.entry("topic=t&fromSeq=5", "fromSeq: "),
            Map.entry("topic=t&toSeq=-1", "toSeq must"),
            Map.entry("topic=t&fromSeq=3&toSeq=1", "toSeq"),
            Map.entry("topic=t&fromTs=soon", "fromTs must"),
            Map.entry("topic=t&toTs=1.5", "toTs must"),
            Map.entry("topic=t&fromTs=2&toTs=1", "fromTs"),
            Map.entry("topic=t&ndjson=2", "ndjson must"),
            Map.entry("topic=t&ndjson=", "ndjson must"),
            Map.entry("topic=t&limit=5", "limit"));
    bad.forEach((query, says) -> assertError(get("/export?" + query), 400, "bad_request", says));
  }

  @Test
  void theBytesThatAreSentAreThoseOfTheEvents() throws IOException {
    bus.publish(T, Payload.json("\"\u00fc\ud83d\ude00\""), PublishOptions.none().key("\u00fc"));
    byte[] sent = get("/export?topic=t").body().getBytes(StandardCharsets.UTF_8);
    assertThat(Arrays.copyOf(sent, sent.length))
        .containsSequence("\"payload\":\"\u00fc\ud83d\ude00\"".getBytes(StandardCharsets.UTF_8));
  }
}
