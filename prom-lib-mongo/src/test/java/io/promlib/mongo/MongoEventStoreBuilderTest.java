package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexOptions;
import io.promlib.PromException;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class MongoEventStoreBuilderTest {
  private final MongoDatabase database = TestMongo.freshDatabase();

  @Test
  void theIndexesAreThoseOfTheProtocol() {
    MongoEventStore.builder(database).build().close();

    List<String> indexes = new ArrayList<>();
    for (Document index : database.getCollection("events").listIndexes()) {
      indexes.add(
          index.get("key", Document.class).toJson()
              + (index.containsKey("unique") ? " unique" : ""));
    }
    assertThat(indexes)
        .contains(
            "{\"topic\": 1, \"seq\": 1} unique",
            "{\"topic\": 1, \"key\": 1, \"seq\": -1}",
            "{\"topic\": 1, \"ts_max\": 1, \"seq\": 1}");
  }

  @Test
  void anyNumberOfProcessesMakeTheIndexesAtOnce() throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Future<?>> made = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        made.add(executor.submit(() -> MongoEventStore.builder(database).build().close()));
      }
      for (Future<?> one : made) {
        one.get(120, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(database.getCollection("events").listIndexes().into(new ArrayList<>())).hasSize(4);
  }

  @Test
  void anIndexThatDiffersIsToldAndWhatToDo() {
    TestMongo.assumeReal("the stand-in does not compare indexes");
    database
        .getCollection("events")
        .createIndex(Query.BY_SEQ, new IndexOptions().name("topic_seq"));

    assertThatThrownBy(() -> MongoEventStore.builder(database).build())
        .isInstanceOf(PromException.class)
        .hasMessageContaining("indexes of collection events cannot be made")
        .hasMessageContaining("drop it");
  }

  @Test
  void dataWithTwoEventsAtOnePositionIsTold() {
    TestMongo.assumeReal("the stand-in takes a unique index over data that is not");
    database
        .getCollection("events")
        .insertMany(
            List.of(
                new Document("topic", "t").append("seq", 1L),
                new Document("topic", "t").append("seq", 1L)));

    assertThatThrownBy(() -> MongoEventStore.builder(database).build())
        .isInstanceOf(PromException.class)
        .hasMessageContaining("indexes of collection events cannot be made");
  }

  @Test
  void namesAndTimeoutAreSettings() {
    MongoNames names = MongoNames.withPrefix("shop_");
    try (MongoEventStore store =
        MongoEventStore.builder(database)
            .names(names)
            .timeout(Duration.ofSeconds(5))
            .wakeUps(WakeUp.NONE)
            .build()) {
      store.append(TOPIC, Events.events("a", 1), NOW);
    }
    assertThat(database.listCollectionNames().into(new ArrayList<>()))
        .contains("shop_events", "shop_topics")
        .doesNotContain("events", "topics");
  }

  @Test
  void aServerThatIsNotThereIsToldWithinTheTimeout() {
    try (MongoClient nobody = MongoClients.create("mongodb://127.0.0.1:1")) {
      MongoEventStoreBuilder builder =
          MongoEventStore.builder(nobody.getDatabase("prom")).timeout(Duration.ofMillis(300));
      assertThatThrownBy(builder::build)
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("indexes of events were not made");
    }
  }

  @Test
  void aSettingThatMakesNoSenseIsRefused() {
    assertThatThrownBy(
            () -> MongoEventStore.builder(database).dedupeWindow(Duration.ofHours(-1)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dedupeWindow");
    assertThatThrownBy(() -> MongoEventStore.builder(database).timeout(Duration.ZERO).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout");
  }

  @Test
  void aNegativeLimitIsRefused() {
    try (MongoEventStore store = MongoEventStore.builder(database).build()) {
      assertThatThrownBy(() -> store.read(TOPIC, 1, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("limit must not be negative");
      assertThat(store.read(TOPIC, 1, 0).events()).isEmpty();
    }
  }
}
