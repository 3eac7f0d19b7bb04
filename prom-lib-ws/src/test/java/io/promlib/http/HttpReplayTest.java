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
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HttpReplayTest extends EdgeFixture {
  private static final Topic<Payload> T = new Topic<>("t", JsonNode.class);

  private void publish(int count) {
    bus.publishAll(T, IntStream.range(0, count).mapToObj(i -> Message.of(Payload.of(i))).toList());
  }

  private void publishAt(long... times) {
    for (long ts : times) {
      bus.publish(T, Payload.of(ts), PublishOptions.none().ts(ts).id("at-" + ts));
    }
  }

  private JsonNode replay(String query) {
    HttpResponse<String> answer = get("/replay?" + query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    JsonNode body = json(answer.body());
    assertThat(body.path("count").asInt()).isEqualTo(body.path("events").size());
    return body;
  }

  private static List<Long> seqs(JsonNode body) {
    List<Long> seqs = new ArrayList<>();
    body.path("events").forEach(event -> seqs.add(event.path("seq").asLong()));
    return seqs;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void aTopicIsReadFromItsBeginningPageByPage() {
    publish(2500);
    List<Long> all = new ArrayList<>();
    JsonNode page = replay("topic=t");
    all.addAll(seqs(page));
    assertThat(all).isEqualTo(range(1, 1000));
    while (!page.path("next").isNull()) {
      page = replay("topic=t&from=afterSeq&seq=" + page.path("next").asLong());
      all.addAll(seqs(page));
    }
    assertThat(all).isEqualTo(range(1, 2500));
  }

  @Test
  void anAnswerHasTheShapeThatClientsKnow() {
    bus.publish(T, Payload.of(1), PublishOptions.none().id("A-1").key("k").ts(7L));
    assertThat(get("/replay?topic=t&from=earliest").body())
        .isEqualTo(
            "{\"topic\":\"t\",\"count\":1,\"events\":[{\"id\":\"A-1\",\"seq\":1,\"ts\":7,"
                + "\"topic\":\"t\",\"key\":\"k\",\"payload\":1}],\"next\":null}");
  }

  @Test
  void aTopicThatIsNotThereIsEmpty() {
    assertThat(get("/replay?topic=nobody.was.here").body())
        .isEqualTo("{\"topic\":\"nobody.was.here\",\"count\":0,\"events\":[],\"next\":null}");
  }

  @Test
  void aLimitEndsAnAnswerAndTellsWhereToGoOn() {
    publish(5);
    assertThat(replay("topic=t&limit=2").path("next").asLong()).isEqualTo(2);
    assertThat(seqs(replay("topic=t&limit=2&from=afterSeq&seq=2"))).containsExactly(3L, 4L);
    assertThat(replay("topic=t&limit=5").path("next").isNull()).isTrue();
    assertThat(replay("topic=t&limit=10000").path("count").asInt()).isEqualTo(5);
  }

  @Test
  void itBeginsWhereItIsAskedTo() {
    publishAt(100, 300, 200, 400);
    assertThat(seqs(replay("topic=t&from=ts&ts=200"))).containsExactly(2L, 3L, 4L);
    assertThat(seqs(replay("topic=t&from=ts&ts=401"))).isEmpty();
    assertThat(seqs(replay("topic=t&from=ts&ts=-5"))).hasSize(4);
    assertThat(seqs(replay("topic=t&from=afterId&afterId=at-300"))).containsExactly(3L, 4L);
    assertThat(seqs(replay("topic=t&from=afterSeq&seq=4"))).isEmpty();
  }

  @Test
  void payloadsComeAsTheyWerePublished() {
    String spelled = "{ \"n\": 1.0e400,\n \"z\": -0.0, \"big\": 12345678901234567890123 }";
    bus.publish(T, Payload.json(spelled));
    assertThat(get("/replay?topic=t").body()).contains("\"payload\":" + spelled);
  }

  @Test
  void largeEventsEndAnAnswerBeforeItsLimit() {
    limits(l -> l.maxAnswerBytes(10_000));
    for (int i = 0; i < 10; i++) {
      bus.publish(T, Payload.of("x".repeat(4000)));
    }
    bus.publish(T, Payload.of("x".repeat(100_000)));
    List<Long> all = new ArrayList<>();
    JsonNode page = replay("topic=t");
    assertThat(seqs(page)).containsExactly(1L, 2L, 3L);
    for (;
        !page.path("next").isNull();
        page = replay("topic=t&from=afterSeq&seq=" + page.path("next"))) {
      all.addAll(seqs(page));
    }
    all.addAll(seqs(page));
    assertThat(all).isEqualTo(range(1, 11));
  }

  @Test
  void whatRetentionTookIsCounted() {
    stop();
    InMemoryEventStore events = new InMemoryEventStore();
    bus = EventBus.builder().stores(events, new InMemoryGroupStore()).build();
    edge = start(b -> b);
    publish(10);
    events.removeBelow("t", 4);
    events.remove("t", List.of(6L));
    JsonNode behind = replay("topic=t&from=afterSeq&seq=0");
    assertThat(seqs(behind)).containsExactly(4L, 5L, 7L, 8L, 9L, 10L);
    assertThat(behind.path("lost").asLong()).isEqualTo(3);
    assertThat(replay("topic=t").has("lost")).isFalse();
  }

  @Test
  void everyBadFieldIsNamed() {
    publish(1);
    Map<String, String> bad =
        Map.ofEntries(
            Map.entry("", "topic is missing"),
            Map.entry("topic=", "topic must"),
            Map.entry("topic=a..b", "topic"),
            Map.entry("topic=t&limit=0", "limit must"),
            Map.entry("topic=t&limit=10001", "limit must"),
            Map.entry("topic=t&limit=many", "limit must"),
            Map.entry("topic=t&limit=", "limit must"),
            Map.entry("topic=t&from=latest", "from must"),
            Map.entry("topic=t&from=", "from must"),
            Map.entry("topic=t&from=ts", "ts is missing"),
            Map.entry("topic=t&from=ts&ts=soon", "ts must"),
            Map.entry("topic=t&from=afterId", "afterId is missing"),
            Map.entry("topic=t&from=afterId&afterId=a%20b", "afterId"),
            Map.entry("topic=t&from=afterId&afterId=nobody", "afterId: "),
            Map.entry("topic=t&from=afterSeq", "seq is missing"),
            Map.entry("topic=t&from=afterSeq&seq=-1", "seq must"),
            Map.entry("topic=t&from=afterSeq&seq=99999999999999999999", "seq must"),
            Map.entry("topic=t&from=afterSeq&seq=2", "beyond the tail"),
            Map.entry("topic=t&seq=2", "seq goes with from=afterSeq"),
            Map.entry("topic=t&from=earliest&ts=2", "ts goes with from=ts"),
            Map.entry("topic=t&from=ts&ts=1&afterId=x", "afterId goes with from=afterId"),
            Map.entry("topic=t&topic=u", "topic twice"),
            Map.entry("topic=t&form=ts", "form"));
    bad.forEach((query, says) -> assertError(get("/replay?" + query), 400, "bad_request", says));
  }
}
