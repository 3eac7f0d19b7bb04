package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.event.CommandListener;
import com.mongodb.event.CommandStartedEvent;
import io.promlib.PromException;
import io.promlib.dedupe.DedupeStore;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import io.promlib.testkit.DedupeStoreContract;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.Document;
import org.junit.jupiter.api.Test;

class MongoDedupeStoreTest extends DedupeStoreContract {
  private static final Duration LEASE = Duration.ofSeconds(60);
  private static final Duration WEEK = Duration.ofDays(7);
  private static final long NOW = 4_000_000_000_000L;

  private final MongoDatabase database = TestMongo.freshDatabase();

  @Override
  protected DedupeStore create() {
    return orders("mailer").build();
  }

  @Test
  void idsOfOtherTopicsAndGroupsDoNotMeet() {
    List<DedupeStore> stores =
        List.of(
            create(),
            orders("billing").build(),
            MongoDedupeStore.builder(database, "orders", "placed.mailer").build(),
            MongoDedupeStore.builder(database, "dlq.orders.placed", "mailer").build());
    for (DedupeStore store : stores) {
      store.complete("a", begin(store, "a", NOW), NOW);
    }
    assertThat(marks().countDocuments()).isEqualTo(4);
  }

  @Test
  void whatOneInstanceMarksAnotherSees() {
    DedupeStore one = create();
    DedupeStore other = create();
    String token = begin(one, "a", NOW);

    assertThat(other.begin("a", LEASE, NOW)).isEqualTo(new Begin.Busy(LEASE));
    assertThat(other.complete("a", token, NOW)).isTrue();
    assertThat(one.begin("a", LEASE, NOW)).isEqualTo(new Begin.Done());
  }

  @Test
  void ofSeveralInstancesAtOnceOneBegins() {
    List<DedupeStore> stores = Stream.generate(this::create).limit(4).toList();
    for (int round = 0; round < 20; round++) {
      String id = "event-" + round;
      List<Begin> answers = new CopyOnWriteArrayList<>();
      CompletableFuture.allOf(
              stores.stream()
                  .map(
                      store ->
                          CompletableFuture.runAsync(
                              () -> answers.add(store.begin(id, LEASE, NOW))))
                  .toArray(CompletableFuture<?>[]::new))
          .join();
      assertThat(answers).filteredOn(Begin.Started.class::isInstance).hasSize(1);
    }
  }

  @Test
  void aMarkIsADocumentAsTheProtocolSays() {
    DedupeStore store = create();
    String token = begin(store, "a", NOW);
    long until = NOW + LEASE.toMillis();
    assertThat(onlyMark()).isEqualTo(mark("running", token, until, until + WEEK.toMillis()));

    store.complete("a", token, NOW + 5);
    long end = NOW + 5 + WEEK.toMillis();
    assertThat(onlyMark()).isEqualTo(mark("done", token, end, end));

    store.abandon("b", begin(store, "b", NOW));
    assertThat(marks().countDocuments()).isEqualTo(1);
  }

  private BsonDocument onlyMark() {
    return marks().withDocumentClass(BsonDocument.class).find().first();
  }

  private static BsonDocument mark(String state, String owner, long until, long expireAt) {
    return new BsonDocument("_id", new BsonString("orders.placed::mailer::a"))
        .append("expireAt", new BsonDateTime(expireAt))
        .append("owner", new BsonString(owner))
        .append("state", new BsonString(state))
        .append("until", new BsonInt64(until));
  }

  @Test
  void whatIsDoneIsRememberedForTheRetentionWhetherOrNotTheServerRemovedIt() {
    DedupeStore store = orders("mailer").retention(Duration.ofMinutes(1)).build();
    store.complete("a", begin(store, "a", NOW), NOW);

    assertThat(store.begin("a", LEASE, NOW + 59_999)).isEqualTo(new Begin.Done());
    String token = begin(store, "a", NOW + 60_000);
    assertThat(store.complete("a", token, NOW + 60_000)).isTrue();
  }

  @Test
  void theIndexThatRemovesThemIsMadeOnceUnderTheNameGiven() {
    MongoNames names = MongoNames.withPrefix("shop_");
    for (int i = 0; i < 2; i++) {
      orders("mailer").names(names).build();
    }
    assertThat(database.getCollection("shop_dedupe").listIndexes())
        .filteredOn(index -> index.getString("name").equals("expireAt"))
        .singleElement()
        .satisfies(
            index -> {
              assertThat(index.get("key")).isEqualTo(new Document("expireAt", 1));
              assertThat(Fields.number(index, "expireAfterSeconds")).isZero();
            });
  }

  @Test
  void anotherIndexInItsPlaceIsRefused() {
    TestMongo.assumeReal("the imitation takes any index");
    MongoDatabase other = TestMongo.freshDatabase();
    other.getCollection("dedupe").createIndex(new Document("expireAt", 1));
    MongoDedupeStoreBuilder builder = MongoDedupeStore.builder(other, "orders", "mailer");
    assertThatThrownBy(builder::build)
        .isInstanceOf(PromException.class)
        .hasMessageContaining("the index of dedupe was not made");
  }

  @Test
  void aCallIsOneCommandAndOneMoreForWhoeverIsLate() {
    List<String> commands = new CopyOnWriteArrayList<>();
    CommandListener listener =
        new CommandListener() {
          @Override
          public void commandStarted(CommandStartedEvent event) {
            commands.add(event.getCommandName());
          }
        };
    try (MongoClient client =
        MongoClients.create(
            MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString(TestMongo.uri()))
                .addCommandListener(listener)
                .build())) {
      DedupeStore store =
          MongoDedupeStore.builder(
                  client.getDatabase(database.getName()), "orders.placed", "mailer")
              .build();
      commands.clear();
      String token = begin(store, "a", NOW);
      assertThat(commands).containsExactly("update");
      store.begin("a", LEASE, NOW);
      assertThat(commands).containsExactly("update", "update", "find");
      commands.clear();
      store.complete("a", token, NOW);
      store.abandon("a", token);
      assertThat(commands).containsExactly("update", "delete");
    }
  }

  @Test
  void aServerThatIsAwayIsSaidSo() {
    try (MongoClient nobody =
        MongoClients.create("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100")) {
      MongoDedupeStoreBuilder builder =
          MongoDedupeStore.builder(nobody.getDatabase("shop"), "orders", "mailer")
              .timeout(Duration.ofSeconds(1));
      assertThatThrownBy(builder::build).isInstanceOf(StoreUnavailableException.class);

      DedupeStore store =
          new MongoDedupeStore(
              DedupeMarks.of(
                  nobody.getDatabase("shop"),
                  MongoNames.defaults(),
                  "orders",
                  "mailer",
                  WEEK,
                  Duration.ofSeconds(1)),
              nobody.getDatabase("shop"),
              new ManualClock());
      assertThatThrownBy(() -> store.begin("a", LEASE, NOW))
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessageContaining("event a");
      assertThatThrownBy(() -> store.complete("a", "token", NOW))
          .isInstanceOf(StoreUnavailableException.class);
      assertThatThrownBy(() -> store.abandon("a", "token"))
          .isInstanceOf(StoreUnavailableException.class);
    }
  }

  @Test
  void aServerWithoutTransactionsIsRefusedBeforeAnyEvent() {
    try (ScriptedServer single = new ScriptedServer(List.of(5, 0, 0), 8);
        MongoClient client = MongoClients.create(single.uri(""))) {
      MongoDedupeStore store =
          MongoDedupeStore.builder(client.getDatabase("shop"), "orders", "mailer").build();
      assertThatThrownBy(() -> store.inTransaction(client, (session, delivery) -> {}))
          .isInstanceOf(MongoSetupException.class)
          .hasMessageContaining("make it a replica set");
    }
  }

  @Test
  void badSettingsAreRefused() {
    refused(() -> MongoDedupeStore.builder(database, "orders placed", "mailer"), "topic");
    refused(() -> MongoDedupeStore.builder(database, "orders", "a::b"), "group");
    for (Duration retention : List.of(Duration.ofSeconds(59), Duration.ofDays(3651))) {
      refused(() -> orders("mailer").retention(retention).build(), "retention");
    }
    refused(() -> orders("mailer").timeout(Duration.ZERO).build(), "timeout");
  }

  private static void refused(Runnable call, String naming) {
    assertThatThrownBy(call::run)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(naming);
  }

  private MongoDedupeStoreBuilder orders(String group) {
    return MongoDedupeStore.builder(database, "orders.placed", group);
  }

  private MongoCollection<Document> marks() {
    return database.getCollection("dedupe");
  }

  private static String begin(DedupeStore store, String id, long now) {
    return ((Begin.Started) store.begin(id, LEASE, now)).token();
  }
}
