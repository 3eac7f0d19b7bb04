package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every query is served by one index, filter and sort. */
@Timeout(180)
class ExplainTest {
  private MongoDatabase database;
  private MongoEventStore store;

  record Explained(String name, Query query, long mostExamined, boolean covered) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Explained> queries() {
    return Stream.of(
        new Explained("a page", Query.from(TOPIC, 10, 5), 6, false),
        new Explained("positions", Query.below(TOPIC, 20, 5).positions(), 6, true),
        new Explained("the newest", Query.newest(TOPIC), 2, false),
        new Explained("by id", Query.ids(TOPIC, List.of("orders.placed::e3"), true), 3, false),
        new Explained("single ones", Query.seqs(TOPIC, List.of(3L, 9L)), 4, false),
        new Explained("by time", Query.since(TOPIC, 15), 2, false),
        new Explained("latest of a key", Query.latest(TOPIC, "k3", Long.MAX_VALUE), 2, false),
        new Explained("as of a position", Query.latest(TOPIC, "k3", 20), 2, false),
        new Explained(
            "latest of keys",
            Query.ofKeys(TOPIC, List.of("k3", "k1", "k7"), Long.MAX_VALUE, 100),
            16,
            true),
        new Explained(
            "of keys as of a position",
            Query.ofKeys(TOPIC, List.of("k3", "k1", "k7"), 20, 100),
            11,
            true),
        new Explained("keys", Query.keysAfter(TOPIC, "k2", Long.MAX_VALUE, 5), 6, true),
        new Explained("keys as of a position", Query.keysAfter(TOPIC, "k2", 20, 5), 10, true),
        new Explained(
            "what has grown", Query.grown(Map.of(TOPIC, 35L, "other", 38L), 1000), 12, true));
  }

  @BeforeEach
  void open() {
    TestMongo.assumeReal("the stand-in does not explain");
    database = TestMongo.freshDatabase();
    store =
        MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE).build();
    for (String topic : List.of(TOPIC, "other")) {
      List<Draft> events =
          IntStream.rangeClosed(1, 40).mapToObj(i -> Events.keyed("e" + i, "k" + i % 10)).toList();
      store.append(topic, events, NOW);
    }
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
    }
  }

  @ParameterizedTest
  @MethodSource("queries")
  void aQueryIsServedByItsIndex(Explained explained) {
    Query query = explained.query;
    Document plan =
        database
            .getCollection("events")
            .find(query.filter())
            .sort(query.sort())
            .projection(query.projection())
            .hint(query.hint())
            .limit(query.limit())
            .explain();
    List<String> stages = new ArrayList<>();
    collect(plan.get("queryPlanner", Document.class).get("winningPlan", Document.class), stages);
    Document stats = plan.get("executionStats", Document.class);

    assertThat(stages).as(plan.toJson()).doesNotContain("COLLSCAN", "SORT");
    assertThat(((Number) stats.get("totalKeysExamined")).longValue())
        .as(plan.toJson())
        .isLessThanOrEqualTo(explained.mostExamined);
    if (explained.covered) {
      assertThat(((Number) stats.get("totalDocsExamined")).longValue()).as(plan.toJson()).isZero();
    }
  }

  private static void collect(Document stage, List<String> stages) {
    if (stage.containsKey("stage")) {
      stages.add(stage.getString("stage"));
    }
    for (Object inner : stage.values()) {
      if (inner instanceof Document document) {
        collect(document, stages);
      } else if (inner instanceof List<?> list) {
        list.forEach(
            each -> {
              if (each instanceof Document document) {
                collect(document, stages);
              }
            });
      }
    }
  }
}
