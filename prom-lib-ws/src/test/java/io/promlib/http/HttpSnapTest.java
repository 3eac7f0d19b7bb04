package io.promlib.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.EventBus;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.state.Compactor;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.testkit.ManualClock;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HttpSnapTest extends EdgeFixture {
  private static final Topic<Payload> T = new Topic<>("t", JsonNode.class);

  private void put(String key, int value) {
    bus.publish(
        T,
        Payload.of(value),
        PublishOptions.none()
            .key(key)
            .ts(7L)
            .id(Integer.toHexString(key.hashCode()) + "-" + value));
  }

  private void delete(String key) {
    bus.publish(T, Payload.NULL, PublishOptions.none().key(key));
  }

  private static String etag(HttpResponse<String> answer) {
    return answer.headers().firstValue("ETag").orElseThrow();
  }

  private HttpResponse<String> unless(String path, String known) {
    return send(reading(path).header("If-None-Match", known));
  }

  @Test
  void theLatestOfAKeyIsGiven() {
    put("k", 1);
    put("k", 2);
    HttpResponse<String> answer = get("/snap/t/k");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"id\":\"6b-2\",\"seq\":2,\"ts\":7,\"topic\":\"t\",\"key\":\"k\",\"payload\":2}");
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(answer.headers().firstValue("Cache-Control")).contains("private, no-cache");
  }

  @Test
  void aKeyOfAnyCharactersIsReached() {
    put("host:name/7 %ü+", 1);
    assertThat(get("/snap/t/host:name%2F7%20%25%C3%BC+").statusCode()).isEqualTo(200);
    assertThat(get("/snap/t/host:name/7%20%25%C3%BC%2B").statusCode()).isEqualTo(200);
    assertError(get("/snap/t/host:name"), 404, "not_found", "key");
  }

  @Test
  void aKeyThatIsDeletedOrNeverWasIsNotFound() {
    put("k", 1);
    delete("k");
    assertError(get("/snap/t/k"), 404, "not_found", "no event of this key");
    assertError(get("/snap/t/other"), 404, "not_found", "no event of this key");
    assertError(get("/snap/unheard.of/k"), 404, "not_found", "no event of this key");
    put("k", 2);
    assertThat(get("/snap/t/k").statusCode()).isEqualTo(200);
  }

  @Test
  void whoHasTheAnswerIsToldSoUntilItChanges() {
    put("k", 1);
    String first = etag(get("/snap/t/k"));
    assertThat(first).matches("\"[0-9a-f]{32}\"");
    for (String known : List.of(first, "W/" + first, "\"x\", " + first, "*")) {
      HttpResponse<String> same = unless("/snap/t/k", known);
      assertThat(same.statusCode()).as(known).isEqualTo(304);
      assertThat(same.body()).isEmpty();
      assertThat(etag(same)).isEqualTo(first);
    }
    assertThat(unless("/snap/t/k", "\"x\"").statusCode()).isEqualTo(200);
    put("k", 2);
    HttpResponse<String> changed = unless("/snap/t/k", first);
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(etag(changed)).isNotEqualTo(first);
    delete("k");
    assertThat(unless("/snap/t/k", etag(changed)).statusCode()).isEqualTo(404);
  }

  @Test
  void aConnectionGoesOnAfterAnAnswerWithoutABody() {
    put("k", 1);
    String tag = etag(get("/snap/t/k"));
    try (RawHttp peer = dial()) {
      String conditional =
          getting("/snap/t/k").replace("Host: x", "Host: x\r\nIf-None-Match: " + tag);
      assertThat(peer.write(conditional).answer().status()).isEqualTo(304);
      assertThat(peer.write(getting("/snap/t/k")).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void allKeysComePageByPageWithoutThoseDeleted() {
    for (int i = 0; i < 300; i++) {
      put("key-%03d".formatted(i), i);
    }
    for (int i = 0; i < 300; i += 3) {
      delete("key-%03d".formatted(i));
    }
    List<String> keys = new ArrayList<>();
    String next = "";
    int pages = 0;
    do {
      String after = next.isEmpty() ? "" : "&after=" + next;
      JsonNode page = json(get("/snap/t?limit=70" + after).body());
      assertThat(page.path("topic").asText()).isEqualTo("t");
      assertThat(page.path("count").asInt())
          .isEqualTo(page.path("events").size())
          .isLessThanOrEqualTo(70);
      page.path("events").forEach(event -> keys.add(event.path("key").asText()));
      next = page.path("next").asText("");
      pages++;
    } while (!next.isEmpty() && !next.equals("null"));
    assertThat(keys).hasSize(200).doesNotHaveDuplicates().doesNotContain("key-000", "key-003");
    assertThat(pages).isBetween(3, 5);
  }

  @Test
  void aPageHasATagToo() {
    put("a", 1);
    put("b", 1);
    String first = etag(get("/snap/t"));
    assertThat(unless("/snap/t", first).statusCode()).isEqualTo(304);
    put("a", 2);
    HttpResponse<String> changed = unless("/snap/t", first);
    assertThat(changed.statusCode()).isEqualTo(200);
    delete("b");
    assertThat(unless("/snap/t", etag(changed)).statusCode()).isEqualTo(200);
  }

  @Test
  void aTopicWithoutKeysIsAnEmptyPage() {
    bus.publish(T, Payload.of(1));
    String empty = "{\"topic\":\"%s\",\"count\":0,\"events\":[],\"next\":null}";
    assertThat(get("/snap/t").body()).isEqualTo(empty.formatted("t"));
    assertThat(get("/snap/unheard.of").body()).isEqualTo(empty.formatted("unheard.of"));
  }

  @Test
  void theStateOfAPastTimeIsGivenByKeyAndByPage() {
    ManualClock clock = new ManualClock();
    InMemoryEventStore events = busOn(clock);
    put("k", 1);
    put("gone", 1);
    long then = clock.millis();
    clock.advance(Duration.ofSeconds(1));
    put("k", 2);
    put("later", 1);
    delete("gone");
    long now = clock.millis();

    assertThat(get("/snap/t/k?at=" + then).body())
        .isEqualTo(
            "{\"id\":\"6b-1\",\"seq\":1,\"ts\":7,\"topic\":\"t\",\"key\":\"k\",\"payload\":1}");
    assertThat(json(get("/snap/t/k?at=" + now).body()).path("payload").asInt()).isEqualTo(2);
    assertThat(keysAt(then)).containsExactly("gone", "k");
    assertThat(keysAt(now)).containsExactly("k", "later");
    assertThat(keysAt(then - 1)).isEmpty();
    assertError(get("/snap/t/later?at=" + then), 404, "not_found", "key");
    assertError(get("/snap/t/gone?at=" + now), 404, "not_found", "key");
    HttpResponse<String> past = get("/snap/t?at=" + then);
    assertThat(unless("/snap/t?at=" + then, etag(past)).statusCode()).isEqualTo(304);

    events.removeBelow("t", 2);
    assertError(get("/snap/t/k?at=" + then), 410, "gone", "retention removed");
    assertError(get("/snap/t?at=" + then), 410, "gone", "retention removed");
  }

  @Test
  void whatRetentionTookIsGivenAsTheSnapshotsHaveIt() {
    InMemoryEventStore events = busOn(new ManualClock());
    for (String key : List.of("a", "b", "c", "d", "e")) {
      put(key, 1);
    }
    delete("c");
    compact();
    put("b", 2);
    delete("d");
    put("bb", 1);
    events.removeBelow("t", 7);

    assertThat(get("/snap/t/a").body())
        .isEqualTo(
            "{\"id\":\"61-1\",\"seq\":1,\"ts\":7,\"topic\":\"t\",\"key\":\"a\",\"payload\":1}");
    assertThat(json(get("/snap/t/b").body()).path("payload").asInt()).isEqualTo(2);
    assertError(get("/snap/t/c"), 404, "not_found", "key");
    assertError(get("/snap/t/d"), 404, "not_found", "key");
    for (int limit : new int[] {1, 2, 3, 100}) {
      assertThat(keys("limit=" + limit))
          .as("%d at once", limit)
          .containsExactly("a", "b", "bb", "e");
    }
    delete("a");
    assertError(get("/snap/t/a"), 404, "not_found", "key");
    assertThat(keys("limit=2")).containsExactly("b", "bb", "e");
  }

  @Test
  void snapshotsThatGoByOtherKeysAreNotGiven() {
    InMemoryEventStore events = busOn(new ManualClock());
    put("a", 1);
    put("b", 1);
    try (Compactor compactor = Compactor.builder(bus, "t").keys(Set.of("a")).build()) {
      compactor.runToEnd();
    }
    events.removeBelow("t", 2);
    assertError(get("/snap/t/a"), 404, "not_found", "key");
    assertThat(keys("limit=9")).containsExactly("b");
  }

  private void compact() {
    try (Compactor compactor = Compactor.builder(bus, "t").build()) {
      compactor.runToEnd();
    }
  }

  private List<String> keysAt(long time) {
    return keys("limit=1&at=" + time);
  }

  private List<String> keys(String query) {
    List<String> keys = new ArrayList<>();
    String after = "";
    do {
      JsonNode page = json(get("/snap/t?" + query + after).body());
      page.path("events").forEach(event -> keys.add(event.path("key").asText()));
      after = page.path("next").isNull() ? "" : "&after=" + page.path("next").asText();
    } while (!after.isEmpty());
    return keys;
  }

  private InMemoryEventStore busOn(ManualClock clock) {
    stop();
    InMemoryEventStore events = new InMemoryEventStore();
    bus = EventBus.builder().stores(events, new InMemoryGroupStore()).timing(clock).build();
    edge = start(b -> b);
    return events;
  }

  @Test
  void largeEventsEndAPageBeforeItsLimit() {
    limits(l -> l.maxAnswerBytes(10_000));
    for (int i = 0; i < 9; i++) {
      bus.publish(T, Payload.of("x".repeat(4000)), PublishOptions.none().key("k" + i));
    }
    JsonNode page = json(get("/snap/t").body());
    assertThat(page.path("count").asInt()).isEqualTo(3);
    assertThat(
            json(get("/snap/t?after=" + page.path("next").asText()).body())
                .path("events")
                .get(0)
                .path("key")
                .asText())
        .isEqualTo("k3");
  }

  @Test
  void everyBadFieldIsNamed() {
    assertError(get("/snap/a..b"), 400, "bad_request", "topic");
    assertError(get("/snap/"), 400, "bad_request", "topic");
    assertError(get("/snap/t/"), 400, "bad_request", "key must");
    assertError(get("/snap/t/" + "k".repeat(257)), 400, "bad_request", "key must");
    assertError(get("/snap/t/%FF"), 400, "bad_request", "the key");
    assertError(get("/snap/t?limit=0"), 400, "bad_request", "limit must");
    assertError(get("/snap/t?limit=10001"), 400, "bad_request", "limit must");
    assertError(get("/snap/t?after="), 400, "bad_request", "after: ");
    assertError(get("/snap/t?at=noon"), 400, "bad_request", "at must");
    assertError(get("/snap/t/k?limit=1"), 400, "bad_request", "limit");
  }
}
