package io.promlib.mongo;

import static io.promlib.mongo.Events.NOW;
import static io.promlib.mongo.Events.TOPIC;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.ReplaceOptions;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.EventStore.Registration;
import io.promlib.store.Overflow;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.bson.Document;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each way to hear of an append, alone. */
@Timeout(180)
class WakeUpsTest {
  private final List<MongoEventStore> stores = new ArrayList<>();
  private final AtomicInteger heard = new AtomicInteger();
  private MongoDatabase database;
  private MongoEventStore other;

  @BeforeAll
  static void streams() {
    TestMongo.changeStreams(true);
  }

  @AfterAll
  static void noStreams() {
    TestMongo.changeStreams(false);
  }

  @BeforeEach
  void open() {
    database = TestMongo.freshDatabase();
    other = store(WakeUp.NONE);
  }

  @AfterEach
  void close() {
    stores.forEach(MongoEventStore::close);
  }

  private MongoEventStore store(WakeUp ways) {
    MongoEventStore made =
        MongoEventStore.builder(database).client(TestMongo.client()).wakeUps(ways).build();
    stores.add(made);
    return made;
  }

  private MongoEventStore store(FaultyDatabase calls) {
    MongoEventStore made = MongoEventStore.builder(database).wakeUps(WakeUp.NONE).build(calls);
    stores.add(made);
    return made;
  }

  /* By hand. */

  @Test
  void withoutAWayOnlyOnesOwnAppendsAreHeardOf() {
    MongoEventStore store = store(WakeUp.NONE);
    store.onAppend(TOPIC, heard::incrementAndGet);

    other.append(TOPIC, Events.events("other", 1), NOW);
    assertThat(heard).hasValue(0);
    store.append(TOPIC, Events.events("own", 1), NOW);

    assertThat(heard).hasValue(1);
    noThreadIsLeft();
  }

  @Test
  void aDuplicateIsNoNews() {
    MongoEventStore store = store(WakeUp.NONE);
    store.append(TOPIC, Events.events("a", 1), NOW);
    store.onAppend(TOPIC, heard::incrementAndGet);

    store.append(TOPIC, Events.events("a", 1), NOW);

    assertThat(heard).hasValue(0);
  }

  @Test
  void aPollTellsOfWhatOthersAppendedOnce() {
    MongoEventStore store = store(WakeUp.NONE);
    store.onAppend(TOPIC, heard::incrementAndGet);
    assertThat(store.pollOnce()).isZero();

    other.append(TOPIC, Events.events("a", 3), NOW);
    other.append("unheard", Events.events("a", 3), NOW);

    assertThat(store.pollOnce()).isEqualTo(1);
    assertThat(store.pollOnce()).isZero();
    assertThat(heard).hasValue(1);
  }

  @Test
  void aPollTellsNothingThatTheAppendItselfTold() {
    MongoEventStore store = store(WakeUp.NONE);
    store.onAppend(TOPIC, heard::incrementAndGet);
    store.pollOnce();
    store.append(TOPIC, Events.events("a", 3), NOW);

    assertThat(store.pollOnce()).isZero();
    assertThat(heard).hasValue(1);
  }

  @Test
  void theFirstPollTellsOfATopicThatHasEvents() {
    other.append(TOPIC, Events.events("a", 1), NOW);
    MongoEventStore store = store(WakeUp.NONE);
    store.onAppend(TOPIC, heard::incrementAndGet);

    assertThat(store.pollOnce()).isEqualTo(1);
    assertThat(store.pollOnce()).isZero();
  }

  @Test
  void onePollAsksForAllTopicsAtOnce() {
    MongoEventStore store = store(WakeUp.NONE);
    List<String> told = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 30; i++) {
      String topic = "topic-" + i;
      store.onAppend(topic, () -> told.add(topic));
    }
    store.pollOnce();
    other.append("topic-3", Events.events("a", 2), NOW);
    other.append("topic-17", Events.events("b", 2), NOW);

    assertThat(store.pollOnce()).isEqualTo(2);
    assertThat(told).containsExactlyInAnyOrder("topic-3", "topic-17");
  }

  @Test
  void moreThanOnePollCanHoldIsToldBitByBit() {
    MongoEventStore store = store(WakeUp.NONE);
    store.onAppend(TOPIC, heard::incrementAndGet);
    store.onAppend("quiet", heard::incrementAndGet);
    store.pollOnce();
    other.append(TOPIC, Events.events("a", Poller.MOST_AT_ONCE + 1), NOW);
    other.append("quiet", Events.events("a", 1), NOW);

    int told = 0;
    for (int grown = store.pollOnce(); grown > 0; grown = store.pollOnce()) {
      told += grown;
    }
    assertThat(told).isBetween(2, 4);
  }

  @Test
  void whoEndedListeningIsNotPolledFor() {
    MongoEventStore store = store(WakeUp.NONE);
    Registration registration = store.onAppend(TOPIC, heard::incrementAndGet);
    store.pollOnce();
    registration.close();
    other.append(TOPIC, Events.events("a", 1), NOW);

    assertThat(store.pollOnce()).isZero();
    assertThat(heard).hasValue(0);
  }

  @Test
  void whatAPollToldOfIsWithinBoundsThoughAMajorityReadShowsLess() {
    FaultyDatabase faults = new FaultyDatabase(database);
    MongoEventStore store = store(faults);
    store.onAppend(TOPIC, heard::incrementAndGet);
    store.onAppend("met", heard::incrementAndGet);
    other.append("met", Events.events("a", 2), NOW);
    store.pollOnce();
    other.append(TOPIC, Events.events("a", 3), NOW);
    store.pollOnce();
    store.append("own", Events.events("a", 1), NOW);

    faults.hideTails();

    assertThat(heard).hasValue(2);
    assertThat(store.bounds(TOPIC).tail()).isEqualTo(3);
    assertThat(store.bounds("met").tail()).isEqualTo(2);
    assertThat(store.bounds("own").tail()).isEqualTo(1);
  }

  @Test
  void whereATopicBeginsNeverFalls() {
    FaultyDatabase faults = new FaultyDatabase(database);
    MongoEventStore store = store(faults);
    store.append(TOPIC, Events.events("a", 5), NOW);
    store.removeBelow(TOPIC, 4);
    assertThat(store.bounds(TOPIC).first()).isEqualTo(4);

    faults.hideTails();

    assertThat(store.read(TOPIC, 1, 10).first()).isEqualTo(4);
    assertThat(store.bounds(TOPIC).first()).isEqualTo(4);
  }

  @Test
  void anOverflowThatIsNoneIsReadAsTheDefault() {
    for (Document settings :
        List.of(new Document("max_events", 7L), new Document("overflow", "SPILL"))) {
      database
          .getCollection(MongoNames.defaults().topics())
          .replaceOne(
              new Document("_id", TOPIC),
              new Document("settings", settings),
              new ReplaceOptions().upsert(true));
      assertThat(store(WakeUp.NONE).settings(TOPIC).overflow()).isEqualTo(Overflow.DROP_OLDEST);
    }
  }

  @Test
  void aPollThatFailsHalfwayHasToldOfWhatItFound() {
    FaultyDatabase faults = new FaultyDatabase(database);
    MongoEventStore store = store(faults);
    store.onAppend("known", () -> {});
    store.pollOnce();
    other.append(TOPIC, Events.events("a", 1), NOW);
    store.onAppend(TOPIC, heard::incrementAndGet);
    faults.failReadAfter(1);

    assertThatThrownBy(store::pollOnce).isInstanceOf(StoreUnavailableException.class);

    assertThat(heard).hasValue(1);
  }

  /* By threads. */

  @Test
  void anErrorEndsNoPolling() {
    MongoEventStore store = store(WakeUp.POLLING);
    store.onAppend(
        TOPIC,
        () -> {
          if (heard.incrementAndGet() == 1) {
            throw new AssertionError("thrown by the test");
          }
        });
    other.append(TOPIC, Events.events("a", 1), NOW);
    Awaitility.await().until(() -> heard.get() == 1);

    other.append(TOPIC, Events.events("b", 1), NOW);

    Awaitility.await().until(() -> heard.get() == 2);
  }

  @Test
  void pollingHearsOfOthersAndItsThreadEndsWithTheStore() {
    MongoEventStore store = store(WakeUp.POLLING);
    noThreadIsLeft();
    store.onAppend(TOPIC, heard::incrementAndGet);
    assertThat(threads()).containsExactly("prom-mongo-poll");

    other.append(TOPIC, Events.events("a", 1), NOW);
    Awaitility.await().until(() -> heard.get() > 0);
    assertThat(store.isStreaming()).isFalse();

    store.close();
    store.close();
    noThreadIsLeft();
  }

  @Test
  void streamAndPollingTogetherHearAndBothThreadsEnd() {
    MongoEventStore store = store(WakeUp.STREAM_AND_POLLING);
    store.onAppend(TOPIC, heard::incrementAndGet);
    Awaitility.await().until(store::isStreaming);

    other.append(TOPIC, Events.events("a", 1), NOW);

    Awaitility.await().until(() -> heard.get() > 0);
    assertThat(store.streamBreaks()).isZero();
    store.close();
    noThreadIsLeft();
    assertThat(store.streamBreaks()).isZero();
  }

  /* The stream alone. */

  @Test
  void theStreamShowsTopicAndPositionOfInsertsOnly() {
    List<String> shown = new CopyOnWriteArrayList<>();
    AtomicInteger begun = new AtomicInteger();
    StreamWatch stream =
        new StreamWatch(
            database,
            MongoNames.defaults(),
            begun::incrementAndGet,
            (topic, seq) -> shown.add(topic + " " + seq));
    assertThat(stream.step()).isTrue();
    assertThat(begun).hasValue(1);

    other.append(TOPIC, Events.events("a", 2), NOW);
    other.remove(TOPIC, List.of(1L, 2L));
    other.append("other", Events.events("b", 1), NOW);
    Awaitility.await().until(() -> stream.step() && shown.size() >= 3);

    assertThat(shown).containsExactly("orders.placed 1", "orders.placed 2", "other 1");
    stream.end();
    assertThat(stream.isAlive()).isFalse();
  }

  @Test
  void aStreamThatBreaksIsCountedAndBeginsAnew() {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger told = new AtomicInteger();
    StreamWatch stream =
        new StreamWatch(
            database,
            MongoNames.defaults(),
            begun::incrementAndGet,
            (topic, seq) -> {
              if (told.incrementAndGet() == 1) {
                throw new IllegalStateException("thrown by the test");
              }
            });
    stream.step();
    other.append(TOPIC, Events.events("a", 1), NOW);
    Awaitility.await().until(() -> !stream.step());

    assertThat(stream.breaks()).isEqualTo(1);
    assertThat(stream.isPossible()).isTrue();
    assertThat(stream.step()).isTrue();
    assertThat(begun).hasValue(2);
    stream.end();
  }

  @Test
  void anErrorBreaksAStreamAsAnExceptionDoes() {
    StreamWatch stream =
        new StreamWatch(
            database,
            MongoNames.defaults(),
            () -> {
              throw new AssertionError("thrown by the test");
            },
            (topic, seq) -> {});

    assertThat(stream.step()).isFalse();

    assertThat(stream.breaks()).isEqualTo(1);
    assertThat(stream.isAlive()).isFalse();
  }

  @Test
  void aStreamThatTheServerEndsIsBroken() {
    TestMongo.assumeReal("the imitation ends no stream when its collection is dropped");
    StreamWatch stream =
        new StreamWatch(database, MongoNames.defaults(), () -> {}, (topic, seq) -> {});
    stream.step();
    other.append(TOPIC, Events.events("a", 1), NOW);

    database.getCollection(MongoNames.defaults().events()).drop();

    Awaitility.await().until(() -> !stream.step());
    assertThat(stream.breaks()).isEqualTo(1);
    assertThat(stream.isAlive()).isFalse();
  }

  /* The pace. */

  @Test
  void thePaceIsQuickWhileSomethingComesAndSlowsDownToAQuarterOfASecond() {
    Pace pace = new Pace();
    assertThat(pace.after(1, false)).isEqualTo(Pace.BUSY);
    List<Long> waits = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      waits.add(Duration.ofNanos(pace.after(0, false)).toMillis());
    }
    assertThat(waits).containsExactly(10L, 20L, 40L, 80L, 160L, 250L, 250L, 250L);
    assertThat(pace.after(2, false)).isEqualTo(Pace.BUSY);
    assertThat(pace.after(0, true)).isEqualTo(Pace.BESIDE_STREAM);
  }

  /* Whoever closes waits for its threads a bounded time, and other classes leave some for a moment. */
  private static void noThreadIsLeft() {
    Awaitility.await().untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("prom-mongo"))
        .toList();
  }
}
