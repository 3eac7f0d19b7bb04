package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.LEASE;
import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.TOPIC;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.draft;
import static io.promlib.mongo.OutboxWorld.ids;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.IndexOptions;
import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.store.StoreUnavailableException;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What an outbox in MongoDB looks like, takes and refuses, and how others' records are noticed. */
@Timeout(180)
class OutboxBasicsTest {
  private final OutboxWorld world = new OutboxWorld();

  @AfterEach
  void close() {
    world.close();
  }

  /* Documents. */

  @Test
  void aRecordIsADocumentThatPeopleCanQuery() {
    world.store.add(
        new Topic<>(TOPIC, Map.class),
        Map.of("cents", 1250),
        PublishOptions.none().id("o-7").key("k").ts(42L).headers(Map.of("h", "v")));

    Document found = world.documents("outbox").find(Filters.gt("payload.cents", 1000)).first();
    assertThat(found)
        .containsEntry("_id", TOPIC + "::o-7")
        .containsEntry("id", "o-7")
        .containsEntry("topic", TOPIC)
        .containsEntry("key", "k")
        .containsEntry("status", "pending")
        .containsEntry("ts", 42L)
        .containsEntry("seq", 1L)
        .containsEntry("attempts", 0)
        .containsEntry("headers", new Document("h", "v"));

    List<OutboxClaim> claims = claim(world.store, NOW);
    found = world.documents("outbox").find().first();
    assertThat(found)
        .containsEntry("status", "claimed")
        .containsEntry("claimed_by", "test")
        .containsEntry("token", claims.get(0).token())
        .containsEntry("lease_until", NOW + LEASE.toMillis());

    OutboxWorld.sent(world.store, claims, NOW + 5);
    found = world.documents("outbox").find().first();
    assertThat(found)
        .containsEntry("status", "sent")
        .containsEntry("sent_at", NOW + 5)
        .doesNotContainKeys("unsent", "lease_until");
    assertThat(world.documents("outbox_keys").find().first())
        .isEqualTo(new Document("_id", TOPIC + "::k").append("seq", 1L));
  }

  @Test
  void anIdAndATimeThatAreNotGivenAreMade() {
    ManualClock clock = new ManualClock();
    try (MongoOutboxStore store = world.builder().timing(clock).build()) {
      String id = store.add(new Topic<>(TOPIC, String.class), "x", PublishOptions.none());

      OutboxRecord record = claim(store, NOW).get(0).record();
      assertThat(record.id()).isEqualTo(id);
      assertThat(UUID.fromString(id).version()).isEqualTo(7);
      assertThat(record.ts()).isEqualTo(clock.millis());
    }
  }

  @Test
  void addingAnIdThatIsThereAgainAnswersIt() {
    PublishOptions options = PublishOptions.none().id("one");
    assertThat(world.store.add(new Topic<>(TOPIC, String.class), "x", options)).isEqualTo("one");
    assertThat(world.store.add(new Topic<>(TOPIC, String.class), "y", options)).isEqualTo("one");

    assertThat(new String(claim(world.store, NOW).get(0).record().payload().bytes(), UTF_8))
        .isEqualTo("\"x\"");
  }

  @Test
  void anErrorIsKeptInUnicodeAndNotWithoutEnd() {
    world.add(null, "long", "half");
    List<OutboxOutcome> outcomes = new ArrayList<>();
    for (OutboxClaim claim : claim(world.store, NOW)) {
      String error = claim.record().id().equals("half") ? "a\ud83d" : "x".repeat(100_000);
      outcomes.add(new OutboxOutcome.Failed(claim, error));
    }
    world.store.settle(outcomes, NOW);

    assertThat(world.store.list(OutboxStatus.ERROR, null, 10))
        .extracting(OutboxRecord::lastError)
        .contains("a?")
        .allSatisfy(error -> assertThat(error).hasSizeLessThan(1100));
  }

  @Test
  void whatIsNoRecordRestsAsAnErrorAndHoldsNobodyUp() {
    world
        .documents("outbox")
        .insertOne(
            new Document("_id", "odd")
                .append("unsent", true)
                .append("slot", 3)
                .append("due", 0L)
                .append("status", "pending")
                .append("ts", 1L)
                .append("topic", 7));
    world.add("k", "one");

    assertThat(ids(claim(world.store, NOW))).containsExactly("one");
    assertThat(claim(world.store, NOW + 1000)).isEmpty();
    assertThat(world.store.counts().error()).isEqualTo(1);
    assertThat(world.store.list(OutboxStatus.ERROR, null, 10)).isEmpty();
    assertThat(
            world.documents("outbox").find(Filters.eq("_id", "odd")).first().getString("last_err"))
        .contains("was not written by an outbox");
  }

  @Test
  void largeRecordsAreClaimedAFewAtATime() {
    Payload large = Payload.json('"' + "x".repeat(3 << 20) + '"');
    for (int i = 0; i < 6; i++) {
      world.store.add(new OutboxDraft(TOPIC, "r" + i, 0, large, EventMeta.NONE, 0), NOW);
    }

    assertThat(claim(world.store, NOW)).hasSizeBetween(1, 4);
    assertThat(world.drain(world.store, NOW)).isBetween(2, 6);
  }

  /* What is refused. */

  @Test
  void aRecordThatDoesNotFitIsRefused() {
    Payload large = Payload.json('"' + "x".repeat(16 << 20) + '"');
    EventMeta key = new EventMeta("k", Map.of(), List.of(), List.of(), null);

    assertThatThrownBy(
            () -> world.store.add(new OutboxDraft(TOPIC, "large", 0, large, key, 0), NOW))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("record large of topic " + TOPIC)
        .hasMessageContaining("add less");
    assertThat(world.documents("outbox_keys").countDocuments()).isZero();
  }

  @Test
  void namesLimitsAndLeasesThatMakeNoSenseAreRefused() {
    Topic<String> topic = new Topic<>(TOPIC, String.class);
    assertThatThrownBy(() -> world.store.add(topic, "x", PublishOptions.none(), 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("an order needs a key");
    assertThatThrownBy(() -> world.store.add(topic, "x", PublishOptions.none().key("k"), -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("order must be 1 or more");
    assertThatThrownBy(() -> world.store.claim("o", -1, LEASE, NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("limit");
    assertThatThrownBy(() -> world.store.claim("o", 1, Duration.ZERO, NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lease");
    assertThatThrownBy(() -> world.store.renew(List.of(), Duration.ofMillis(-1), NOW))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lease");
    assertThatThrownBy(() -> world.store.removeSent(NOW, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> world.store.list(OutboxStatus.SENT, null, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> world.builder().timeout(Duration.ZERO).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("timeout");
  }

  @Test
  void nothingIsAskedForWithALimitOfNone() {
    world.add(null, "one");
    assertThat(world.store.claim("o", 0, LEASE, NOW)).isEmpty();
    assertThat(world.store.list(OutboxStatus.PENDING, null, 0)).isEmpty();
    assertThat(world.store.removeSent(NOW, 0)).isZero();
  }

  @Test
  void aServerThatIsNotThereIsToldWithinTheTimeout() {
    try (MongoClient nobody = MongoClients.create("mongodb://127.0.0.1:1")) {
      MongoOutboxStoreBuilder builder =
          MongoOutboxStore.builder(nobody, "prom").timeout(Duration.ofMillis(300));
      assertThatThrownBy(builder::build)
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("indexes of outbox were not made");
    }
  }

  @Test
  void anIndexThatDiffersIsToldAndWhatToDo() {
    TestMongo.assumeReal("the stand-in does not compare indexes");
    String database = TestMongo.freshDatabase().getName();
    TestMongo.client()
        .getDatabase(database)
        .getCollection("outbox")
        .createIndex(new Document("x", 1), new IndexOptions().name("claim"));

    assertThatThrownBy(() -> MongoOutboxStore.builder(TestMongo.client(), database).build())
        .isInstanceOf(PromException.class)
        .hasMessageContaining("indexes of collection outbox cannot be made");
  }

  @Test
  void anyNumberOfProcessesOpenItAtOnceUnderAnyNames() throws Exception {
    MongoNames names = MongoNames.withPrefix("shop_");
    OutboxWorld.together(4, thread -> world.builder().names(names).build().close());

    assertThat(
            TestMongo.client()
                .getDatabase(world.database)
                .listCollectionNames()
                .into(new ArrayList<>()))
        .contains("shop_outbox", "shop_outbox_keys");
  }

  /* Wake-ups. */

  @Test
  void oneHearsOfOnesOwnAddsAndOfWhatAnOperatorFrees() {
    AtomicInteger heard = new AtomicInteger();
    world.store.onAdd(heard::incrementAndGet);
    world.add(null, "one");
    assertThat(heard).hasValue(1);
    world.store.add(draft("one", null), NOW);
    assertThat(heard).hasValue(1);

    world.store.settle(
        List.of(new OutboxOutcome.Failed(claim(world.store, NOW).get(0), "boom")), NOW);
    world.store.requeue(TOPIC, "one", NOW);
    assertThat(heard).hasValue(2);
    world.store.requeue(TOPIC, "one", NOW);
    assertThat(heard).hasValue(2);
  }

  @Test
  void aChangeStreamTellsOfRecordsOfOthersOnceTheyAreCommitted() {
    TestMongo.assumeTransactions("only a replica set has change streams");
    AtomicInteger heard = new AtomicInteger();
    try (MongoOutboxStore listening = world.builder().wakeUps(WakeUp.STREAM_AND_POLLING).build()) {
      listening.onAdd(heard::incrementAndGet);
      Awaitility.await().until(() -> heard.get() == 1);
      assertThat(listening.isStreaming()).isTrue();

      try (var session = TestMongo.client().startSession()) {
        session.startTransaction();
        world.store.add(session, draft("one", "k"));
        session.commitTransaction();
      }

      Awaitility.await().until(() -> heard.get() == 2);
    }
    noThreadIsLeft();
  }

  @Test
  void withoutAListenerOrAStreamThereIsNoThread() {
    try (MongoOutboxStore streaming = world.builder().wakeUps(WakeUp.STREAM_AND_POLLING).build()) {
      noThreadIsLeft();
      world.store.onAdd(() -> {});
      noThreadIsLeft();
      assertThat(streaming.isStreaming()).isFalse();
    }
  }

  @Test
  void closingEndsTheCallsAndTheThreadAndIsIdempotent() {
    AtomicInteger heard = new AtomicInteger();
    MongoOutboxStore store = world.builder().wakeUps(WakeUp.STREAM_AND_POLLING).build();
    store.onAdd(heard::incrementAndGet);

    store.close();
    store.close();
    int before = heard.get();
    store.add(draft("one", null), NOW);
    store.onAdd(heard::incrementAndGet);

    assertThat(heard).hasValue(before);
    noThreadIsLeft();
  }

  /* Whoever closes waits for its thread a bounded time. */
  private static void noThreadIsLeft() {
    Awaitility.await().untilAsserted(() -> assertThat(threads()).isEmpty());
  }

  private static List<String> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(Thread::isAlive)
        .map(Thread::getName)
        .filter("prom-mongo-outbox"::equals)
        .toList();
  }
}
