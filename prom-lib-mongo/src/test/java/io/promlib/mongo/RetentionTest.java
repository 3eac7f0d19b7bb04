package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.List;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(180)
class RetentionTest {
  private static final long LATER = NOW + Duration.ofDays(3).toMillis();

  private MongoDatabase database;
  private MongoEventStore store;

  @BeforeEach
  void open() {
    database = TestMongo.freshDatabase();
    store =
        MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(WakeUp.NONE).build();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void nothingYoungerThanTheWindowInWhichIdsAreRememberedGoes() {
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(1).maxAge(Duration.ofMinutes(1)));
    store.append(TOPIC, Events.events("old", 2), NOW);
    store.append(TOPIC, Events.events("young", 3), NOW + Duration.ofHours(2).toMillis());
    long now = NOW + Duration.ofHours(25).toMillis();

    trim(store, now);

    assertThat(Events.ids(store, TOPIC)).containsExactly("young1", "young2", "young3");
    assertThat(store.append(TOPIC, Events.event("young2"), now).duplicate()).isTrue();
    trim(store, now + Duration.ofHours(2).toMillis());
    assertThat(store.bounds(TOPIC).first()).isGreaterThan(3);
  }

  @Test
  void theWindowIsASetting() {
    try (MongoEventStore brief =
        MongoEventStore.builder(database)
            .dedupeWindow(Duration.ZERO)
            .wakeUps(WakeUp.NONE)
            .build()) {
      brief.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(2));
      brief.append(TOPIC, Events.events("a", 5), NOW);

      trim(brief, NOW);

      assertThat(Events.seqs(brief, TOPIC)).containsExactly(4L, 5L);
    }
  }

  @Test
  void theNewestAreKeptByBytes() {
    store.append(TOPIC, Events.events("a", 10), NOW);
    long ten = store.extent(TOPIC).bytes();
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxBytes(ten / 2));

    trim(store, LATER);

    assertThat(store.extent(TOPIC).bytes()).isBetween(ten / 4, ten / 2);
    assertThat(Events.ids(store, TOPIC)).endsWith("a10");
  }

  @Test
  void theNewestStaysThoughItAloneIsTooMuchByBytes() {
    store.append(TOPIC, Events.events("a", 3), NOW);
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxBytes(1));

    trim(store, LATER);

    assertThat(Events.ids(store, TOPIC)).containsExactly("a3");
  }

  @Test
  void holesDoNotCount() {
    store.append(TOPIC, Events.events("a", 8), NOW);
    store.remove(TOPIC, List.of(2L, 3L, 5L));
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(4));

    trim(store, LATER);

    assertThat(Events.seqs(store, TOPIC)).containsExactly(4L, 6L, 7L, 8L);
  }

  @Test
  void aTopicThatRefusesWhatIsTooMuchIsTrimmedByAgeOnly() {
    store.configure(TOPIC, TopicSettings.UNLIMITED);
    store.append(TOPIC, Events.events("a", 5), NOW);
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(2).overflow(Overflow.REJECT));
    trim(store, LATER);
    assertThat(Events.seqs(store, TOPIC)).hasSize(5);

    store.configure(
        TOPIC,
        TopicSettings.UNLIMITED.maxEvents(2).maxAge(Duration.ofHours(1)).overflow(Overflow.REJECT));
    trim(store, LATER);
    assertThat(Events.seqs(store, TOPIC)).isEmpty();
  }

  @Test
  void aTopicIsFullByBytes() {
    store.append("sample", Events.events("a", 1), NOW);
    long one = store.extent("sample").bytes();
    store.configure(
        "other1", TopicSettings.UNLIMITED.maxBytes(one * 3 + 20).overflow(Overflow.BLOCK));

    assertThat(store.append("other1", Events.events("a", 5), NOW)).hasSize(3);
    assertThat(store.append("other1", Events.events("b", 1), NOW)).isEmpty();
  }

  @Test
  void somebodyElsesTurnAtTrimmingIsWaitedForAndRunsOut() {
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(1));
    store.append(TOPIC, Events.events("a", 3), NOW);
    database
        .getCollection("topics")
        .updateOne(
            new Document("_id", TOPIC),
            new Document(
                "$set",
                new Document("trim", new Document("owner", "else").append("until", LATER + 10))));

    assertThat(store.trim(TOPIC, Long.MAX_VALUE, LATER)).isFalse();
    assertThat(Events.seqs(store, TOPIC)).hasSize(3);

    trim(store, LATER + 11);
    assertThat(Events.seqs(store, TOPIC)).containsExactly(3L);
  }

  @Test
  void muchIsRemovedInSteps() {
    store.configure(TOPIC, TopicSettings.UNLIMITED.maxEvents(1));
    store.append(TOPIC, Events.events("a", Removal.AT_ONCE + 5), NOW);

    assertThat(store.trim(TOPIC, Long.MAX_VALUE, LATER)).isTrue();
    assertThat(store.bounds(TOPIC).first()).isEqualTo(Removal.AT_ONCE + 5);
    trim(store, LATER);

    assertThat(store.extent(TOPIC).count()).isEqualTo(1);
  }

  /* The mark of the tail. */

  @Test
  void anEmptiedEventKeepsItsNumbersAndGoesWhenThereIsANewerOne() {
    Draft keyed = Events.keyed("a", "k");
    store.append(TOPIC, List.of(keyed), NOW);
    store.remove(TOPIC, List.of(1L));

    Document mark = database.getCollection("events").find().first();
    assertThat(mark).isNotNull();
    assertThat(mark.keySet())
        .containsExactlyInAnyOrder(
            "_id", "id", "topic", "seq", "ts", "at", "ts_max", "bytes", "gone");
    assertThat(store.latest(TOPIC, "k")).isEmpty();

    store.append(TOPIC, Events.events("b", 1), NOW - 5);
    assertThat(database.getCollection("events").countDocuments()).isEqualTo(1);
    assertThat(Events.all(store, TOPIC)).extracting(EventRecord::at).containsExactly(NOW);
  }

  @Test
  void aMarkThatAnotherProcessLeftIsSweptByTheNextRemoval() {
    store.append(TOPIC, Events.events("a", 2), NOW);
    try (MongoEventStore other = MongoEventStore.builder(database).wakeUps(WakeUp.NONE).build()) {
      other.remove(TOPIC, List.of(2L));
    }
    // This one knows the tail from before, and does not see that it was emptied.
    List<Published> placed = store.append(TOPIC, Events.events("b", 2), NOW);
    assertThat(placed).extracting(Published::seq).containsExactly(3L, 4L);
    assertThat(store.extent(TOPIC).count()).isEqualTo(3);
    assertThat(store.read(TOPIC, 2, 1).events()).extracting(EventRecord::seq).containsExactly(3L);

    store.remove(TOPIC, List.of(1L));

    assertThat(database.getCollection("events").countDocuments()).isEqualTo(2);
    assertThat(store.extent(TOPIC).count()).isEqualTo(2);
  }

  @Test
  void keysArePagedThroughLongHistories() {
    List<Draft> events =
        java.util.stream.IntStream.range(0, 700)
            .mapToObj(i -> Events.keyed("e" + i, i < 600 ? "long" : "k" + i % 7))
            .toList();
    store.append(TOPIC, events, NOW);

    List<EventRecord> page = store.latestPage(TOPIC, null, 100).events();

    assertThat(page)
        .extracting(EventRecord::key)
        .containsExactly("k0", "k1", "k2", "k3", "k4", "k5", "k6", "long");
    assertThat(page.get(7).seq()).isEqualTo(600);
    assertThat(store.latestPage(TOPIC, "k4", 2).events())
        .extracting(EventRecord::key)
        .containsExactly("k5", "k6");
  }

  private static void trim(EventStore store, long now) {
    boolean more = true;
    while (more) {
      more = store.trim(TOPIC, Long.MAX_VALUE, now);
    }
  }
}
