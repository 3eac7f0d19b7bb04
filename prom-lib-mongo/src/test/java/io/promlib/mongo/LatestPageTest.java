package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.mongo.testing.TestMongo;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pages of the latest by key while events are removed. */
@Timeout(180)
class LatestPageTest {

  @Test
  void aKeyThatGoesWhileAPageIsReadDoesNotMakeItLookLikeTheLast() {
    MongoDatabase database = TestMongo.freshDatabase();
    FaultyDatabase reading = new FaultyDatabase(database);
    try (MongoEventStore other = quiet(database).build();
        MongoEventStore store = quiet(database).build(reading)) {
      for (String key : List.of("a", "b", "c", "d", "e")) {
        other.append(TOPIC, Events.keyed("of-" + key, key), NOW);
      }
      reading.afterNextRead(() -> other.remove(TOPIC, List.of(2L)));

      List<EventRecord> page = store.latestPage(TOPIC, null, 3).events();

      assertThat(page).extracting(EventRecord::key).containsExactly("a", "c", "d");
      assertThat(store.latestPage(TOPIC, "d", 3).events())
          .extracting(EventRecord::key)
          .containsExactly("e");
    }
  }

  private static MongoEventStoreBuilder quiet(MongoDatabase database) {
    return MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE);
  }
}
