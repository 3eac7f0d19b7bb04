package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoDatabase;
import io.promlib.client.EventClient;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TestMongo;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Hubs as processes on one database. */
@Timeout(600)
class HubTest {
  private static final String SECRET = "a-secret-of-the-test-with-40-characters-";
  private static final Topic<Integer> NUMBERS = Topic.of("hub.numbers", Integer.class);
  private static final String GROUP = "readers";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;
  private Programs programs;
  private MongoDatabase database;
  private String token;

  @BeforeEach
  void begin() {
    programs = new Programs(folder);
    database = TestMongo.freshDatabase();
    token =
        Programs.token(
            Map.of("JWT_SECRET", SECRET), "--scope", "publish:hub.*", "--scope", "subscribe:hub.*");
  }

  @AfterEach
  void end() throws InterruptedException {
    programs.close();
  }

  @Test
  void aHubThatWasKilledGoesOnWhereItsGroupsStood() throws Exception {
    List<Integer> got = new CopyOnWriteArrayList<>();
    Process first = hub();
    try (EventClient client = connect(first)) {
      client.subscribe(NUMBERS, GROUP, delivery -> got.add(delivery.payload()));
      publish(first, 1, 10);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(floor()).isEqualTo(10));
    }
    publish(first, 11, 20);
    first.destroyForcibly().waitFor();

    Process second = hub();
    try (EventClient client = connect(second)) {
      client.subscribe(NUMBERS, GROUP, delivery -> got.add(delivery.payload()));
      publish(second, 21, 25);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(floor()).isEqualTo(25));
    }

    assertThat(got).containsExactlyElementsOf(numbers(1, 25));
  }

  @Test
  void twoHubsShareAGroupThroughTheirGateways() throws Exception {
    List<Integer> left = new CopyOnWriteArrayList<>();
    List<Integer> right = new CopyOnWriteArrayList<>();
    Process one = hub();
    Process other = hub();
    try (EventClient here = connect(one);
        EventClient there = connect(other)) {
      here.subscribe(NUMBERS, GROUP, delivery -> left.add(delivery.payload()));
      there.subscribe(NUMBERS, GROUP, delivery -> right.add(delivery.payload()));
      // In turns, until both had some: which hub claims an event is theirs to settle.
      int published = 0;
      while (published < 4000 && (published == 0 || left.isEmpty() || right.isEmpty())) {
        publish(one, published + 1, published + 10);
        publish(other, published + 11, published + 20);
        published += 20;
        long all = published;
        await().atMost(PATIENCE).untilAsserted(() -> assertThat(floor()).isEqualTo(all));
      }
      List<Integer> both = new ArrayList<>(left);
      both.addAll(right);
      assertThat(both).containsExactlyInAnyOrderElementsOf(numbers(1, published));
      assertThat(left).isNotEmpty();
      assertThat(right).isNotEmpty();
    }
  }

  @Test
  void ofABurstTheOpsServerTellsUntilNothingIsLeft() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    Process hub = hub();
    try (EventClient client = connect(hub)) {
      client.subscribe(
          NUMBERS,
          GROUP,
          delivery -> {
            go.await();
          });
      publish(hub, 1, 1000);
      publish(hub, 1001, 2000);
      String lag = "lag?topic=" + NUMBERS.name() + "&group=" + GROUP;
      await().atMost(PATIENCE).until(() -> ops(hub, lag).path("lag").asLong() == 2000);
      assertThat(ops(hub, lag).path("lagMs").isNumber()).isTrue();

      go.countDown();

      await().atMost(PATIENCE).until(() -> ops(hub, lag).path("lag").asLong() == 0);
      assertThat(ops(hub, lag).path("lagMs").asLong(-1)).isZero();
      assertThat(ops(hub, lag).path("lastCursor").path("seq").asLong()).isEqualTo(2000);
      assertThatPrometheusLikes(asked(hub, "metrics"));
    }
  }

  private static void assertThatPrometheusLikes(String metrics) throws Exception {
    assertThat(metrics)
        .contains("events_acked_total{topic=\"hub.numbers\",group=\"readers\",} 2000.0");
    Process promtool;
    try {
      promtool =
          new ProcessBuilder("promtool", "check", "metrics").redirectErrorStream(true).start();
    } catch (IOException e) {
      Assumptions.abort("needs promtool on the PATH for its word on /metrics; the rest passed");
      return;
    }
    try (OutputStream in = promtool.getOutputStream()) {
      in.write(metrics.getBytes(StandardCharsets.UTF_8));
    }
    List<String> remarks =
        new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(remarks)
        .allMatch(
            line -> line.matches("\\w+_ms metric names should not contain abbreviated units"));
  }

  private JsonNode ops(Process hub, String path) throws Exception {
    return new ObjectMapper().readTree(asked(hub, path));
  }

  private String asked(Process hub, String path) throws Exception {
    URI uri = URI.create(programs.awaited(hub, "ops +(\\S+)") + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void aDatabaseThatDoesNotAnswerIsNamedWithoutItsPassword() throws Exception {
    Process hub = start("mongodb://me:a-password@127.0.0.1:1/prom");

    assertThat(programs.ended(hub)).isEqualTo(2);
    assertThat(programs.printed(hub))
        .contains("event-hub: MONGO_URL (127.0.0.1:1/prom)")
        .doesNotContain("a-password");
  }

  private Process hub() throws Exception {
    return start(Programs.patient(TestMongo.uri(database.getName())));
  }

  private Process start(String mongo) throws Exception {
    Map<String, String> environment = new HashMap<>();
    List.of("WS_PORT", "HTTP_PORT", "OPS_PORT").forEach(port -> environment.put(port, "0"));
    List.of("PUBLISH_RATE", "TOPIC_RATE").forEach(rate -> environment.put(rate, "100000"));
    environment.put("JWT_SECRET", SECRET);
    environment.put("MONGO_URL", mongo);
    return programs.start(environment, "event-hub");
  }

  private EventClient connect(Process hub) {
    return EventClient.builder(URI.create(programs.awaited(hub, "gateway +(\\S+)")))
        .token(token)
        .requestTimeout(Duration.ofSeconds(60))
        .connect();
  }

  /** One request with a line for each number; its answer means that they are durable. */
  private void publish(Process hub, int from, int to) throws Exception {
    StringBuilder lines = new StringBuilder();
    numbers(from, to).forEach(number -> lines.append("{\"payload\":" + number + "}\n"));
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create(
                            programs.awaited(hub, "http +(\\S+)") + "publish/" + NUMBERS.name()))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/x-ndjson")
                    .POST(HttpRequest.BodyPublishers.ofString(lines.toString()))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /** The ack floor as the database has it. */
  private long floor() {
    Document cursor =
        database
            .getCollection("cursors")
            .find(new Document("_id", NUMBERS.name() + "::" + GROUP))
            .first();
    return cursor == null ? 0 : cursor.get("seq", Number.class).longValue();
  }

  private static List<Integer> numbers(int from, int to) {
    return IntStream.rangeClosed(from, to).boxed().toList();
  }
}
