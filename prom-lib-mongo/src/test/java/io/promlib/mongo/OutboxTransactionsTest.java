package io.promlib.mongo;

import static io.promlib.mongo.OutboxWorld.NOW;
import static io.promlib.mongo.OutboxWorld.TOPIC;
import static io.promlib.mongo.OutboxWorld.claim;
import static io.promlib.mongo.OutboxWorld.draft;
import static io.promlib.mongo.OutboxWorld.ids;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.mongodb.ClientSessionOptions;
import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.ReadConcern;
import com.mongodb.TransactionOptions;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxDraft;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.bson.Document;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Records that are added in a host's transaction. */
@Timeout(300)
class OutboxTransactionsTest {
  private static final Topic<Map<String, Integer>> ORDERS =
      new Topic<>(TOPIC, new TypeReference<Map<String, Integer>>() {}.getType());

  private OutboxWorld world;
  private MongoCollection<Document> orders;

  @BeforeEach
  void open() {
    TestMongo.assumeTransactions("a record is added in one");
    world = new OutboxWorld();
    orders = world.documents("orders");
    orders.insertOne(new Document("_id", "first"));
  }

  @AfterEach
  void close() {
    if (world != null) {
      world.close();
    }
  }

  /* What is committed by a majority is there for a query with majority at once. */
  private static ClientSession session() {
    return TestMongo.client()
        .startSession(
            ClientSessionOptions.builder()
                .defaultTransactionOptions(
                    TransactionOptions.builder().writeConcern(WriteConcern.MAJORITY).build())
                .build());
  }

  private static ClientSession begin() {
    ClientSession session = session();
    session.startTransaction();
    return session;
  }

  @Test
  void theRecordAndTheHostsOwnWriteCommitTogether() {
    try (ClientSession session = begin()) {
      orders.insertOne(session, new Document("_id", 7));
      String id =
          world.store.add(
              session, ORDERS, Map.of("order", 7), PublishOptions.none().key("customer").sid("s"));
      assertThat(claim(world.store, NOW)).isEmpty();
      assertThat(orders.countDocuments()).isEqualTo(1);

      session.commitTransaction();

      OutboxClaim claim = claim(world.store, NOW).get(0);
      assertThat(claim.record().id()).isEqualTo(id).hasSize(36);
      assertThat(claim.record().payload()).isEqualTo(claim.record().payload());
      assertThat(claim.record().payload().tree().get("order").intValue()).isEqualTo(7);
      assertThat(claim.record().meta().sid()).isEqualTo("s");
      assertThat(claim.record().seq()).isEqualTo(1);
      assertThat(orders.countDocuments()).isEqualTo(2);
    }
  }

  @Test
  void neitherStandsAfterAnAbortAndThePlaceIsGivenAgain() {
    try (ClientSession session = begin()) {
      orders.insertOne(session, new Document("_id", 7));
      world.store.add(session, draft("gone", "k"));
      session.abortTransaction();
    }
    world.add("k", "stays");

    List<OutboxClaim> claims = claim(world.store, NOW);
    assertThat(ids(claims)).containsExactly("stays");
    assertThat(claims.get(0).record().seq()).isEqualTo(1);
    assertThat(orders.countDocuments()).isEqualTo(1);
  }

  @Test
  void aCrashBetweenTheHostsWriteAndTheCommitLeavesNothing() {
    try (ClientSession session = begin()) {
      orders.insertOne(session, new Document("_id", 7));
      world.store.add(session, draft("gone", "k"));
    }

    assertThat(claim(world.store, NOW)).isEmpty();
    assertThat(orders.countDocuments()).isEqualTo(1);
  }

  @Test
  void severalRecordsOfOneTransactionGoInTheOrderOfAdding() {
    try (ClientSession session = begin()) {
      world.store.add(session, draft("one", "k"));
      world.store.add(session, draft("two", "k"));
      world.store.add(session, draft("loose", null));
      world.store.add(session, draft("three", "k"));
      session.commitTransaction();
    }

    assertThat(ids(claim(world.store, NOW)))
        .containsSubsequence("one", "two", "three")
        .contains("loose")
        .hasSize(4);
  }

  @Test
  void rawPayloadsTombstonesAndPlacesAreTakenToo() {
    Topic<Payload> raw = new Topic<>(TOPIC, Payload.class);
    try (ClientSession session = begin()) {
      world.store.add(
          session, raw, Payload.json("1e400"), PublishOptions.none().key("o").id("big"), 1);
      world.store.add(
          session,
          Topic.raw(TOPIC),
          JsonNodeFactory.instance.textNode("tree"),
          PublishOptions.none().key("o").id("tree"),
          2);
      world.store.add(session, raw, null, PublishOptions.none().key("o").id("null"), 3);
      session.commitTransaction();
    }

    List<OutboxClaim> claims = claim(world.store, NOW);
    assertThat(ids(claims)).containsExactly("big", "tree", "null");
    assertThat(claims)
        .extracting(claim -> new String(claim.record().payload().bytes(), UTF_8))
        .containsExactly("1e400", "\"tree\"", "null");
    assertThat(claims).allMatch(claim -> claim.record().ordered());
  }

  /* Several at once. */

  @Test
  void theSecondOfTwoTransactionsOnOneKeyIsToldToBeginAgain() {
    try (ClientSession first = begin();
        ClientSession second = begin()) {
      world.store.add(first, draft("one", "k"));

      assertThatThrownBy(() -> world.store.add(second, draft("two", "k")))
          .isInstanceOf(MongoException.class)
          .satisfies(
              e ->
                  assertThat(
                          ((MongoException) e)
                              .hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL))
                      .isTrue());
      first.commitTransaction();
    }
    assertThat(ids(claim(world.store, NOW))).containsExactly("one");
  }

  @Test
  void soIsOneWhoseKeyWasMadeSinceItBegan() {
    try (ClientSession early = begin()) {
      // Its snapshot is taken.
      assertThat(orders.countDocuments(early)).isEqualTo(1);
      world.add("k", "one");

      assertThatThrownBy(() -> world.store.add(early, draft("two", "k")))
          .isInstanceOf(MongoException.class)
          .satisfies(
              e ->
                  assertThat(
                          ((MongoException) e)
                              .hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL))
                      .isTrue());
    }
  }

  @Test
  void transactionsOnDifferentKeysDoNotMeet() {
    try (ClientSession first = begin();
        ClientSession second = begin()) {
      world.store.add(first, draft("one", "k"));
      world.store.add(second, draft("two", "l"));
      second.commitTransaction();

      assertThat(ids(claim(world.store, NOW))).containsExactly("two");
      first.commitTransaction();
    }
    assertThat(ids(claim(world.store, NOW))).containsExactly("one");
  }

  @Test
  void theOrderOfAKeyIsThatOfTheCommitsWhateverOverlaps() throws Exception {
    int each = 15;
    AtomicInteger runs = new AtomicInteger();
    orders.insertOne(new Document("_id", "counter").append("n", 0));
    OutboxWorld.together(
        3,
        thread -> {
          Random random = new Random(thread);
          try (ClientSession session = session()) {
            for (int i = 0; i < each; i++) {
              boolean aborts = random.nextInt(4) == 0;
              inOneTransaction(session, aborts, runs);
            }
          }
        });

    // Each record says which value the host's own counter had in its transaction.
    List<OutboxClaim> claims = new ArrayList<>();
    List<OutboxClaim> some = claim(world.store, NOW);
    while (!some.isEmpty()) {
      claims.addAll(some);
      OutboxWorld.sent(world.store, some, NOW);
      some = claim(world.store, NOW);
    }
    List<Integer> values =
        claims.stream().map(claim -> claim.record().payload().tree().intValue()).toList();
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      expected.add(i);
    }
    assertThat(values).isEqualTo(expected);
    assertThat(claims).extracting(claim -> claim.record().seq()).startsWith(1L).isSorted();
    assertThat(claims.get(claims.size() - 1).record().seq()).isEqualTo(claims.size());
    int counter = orders.find(new Document("_id", "counter")).first().getInteger("n");
    assertThat(counter).isEqualTo(claims.size());
    assertThat(runs.get()).isGreaterThanOrEqualTo(3 * each);
  }

  private void inOneTransaction(ClientSession session, boolean aborts, AtomicInteger runs) {
    try {
      session.withTransaction(
          () -> {
            runs.incrementAndGet();
            Document before =
                orders.findOneAndUpdate(
                    session,
                    new Document("_id", "counter"),
                    new Document("$inc", new Document("n", 1)));
            int n = before.getInteger("n");
            world.store.add(
                session, new Topic<>(TOPIC, Integer.class), n, PublishOptions.none().key("k"));
            if (aborts) {
              throw new IllegalStateException("the host changed its mind");
            }
            return n;
          });
    } catch (IllegalStateException e) {
      assertThat(aborts).isTrue();
    }
  }

  @Test
  void addsInAndOutOfTransactionsShareTheOrder() {
    world.add("k", "one");
    try (ClientSession session = begin()) {
      world.store.add(session, draft("two", "k"));
      session.commitTransaction();
    }
    world.add("k", "three");

    List<OutboxClaim> claims = claim(world.store, NOW);
    assertThat(ids(claims)).containsExactly("one", "two", "three");
    assertThat(claims).extracting(claim -> claim.record().seq()).containsExactly(1L, 2L, 3L);
  }

  /* What is refused. */

  @Test
  void anIdThatIsThereAbortsTheTransactionAndSaysSo() {
    world.add("k", "one");
    try (ClientSession session = begin()) {
      orders.insertOne(session, new Document("_id", 7));

      assertThatThrownBy(() -> world.store.add(session, draft("one", "l")))
          .isInstanceOf(PromException.class)
          .hasMessageContaining("record one of topic " + TOPIC + " is in the outbox already")
          .hasMessageContaining("aborted the transaction");
      assertThatThrownBy(session::commitTransaction).isInstanceOf(MongoException.class);
    }
    assertThat(orders.countDocuments()).isEqualTo(1);
  }

  @Test
  void withTransactionDoesNotTryAnIdThatIsThereAgain() {
    world.add("k", "one");
    AtomicInteger runs = new AtomicInteger();
    try (ClientSession session = session()) {
      assertThatThrownBy(
              () ->
                  session.withTransaction(
                      () -> {
                        runs.incrementAndGet();
                        world.store.add(session, draft("one", null));
                        return 0;
                      }))
          .isInstanceOf(PromException.class);
    }
    assertThat(runs).hasValue(1);
  }

  @Test
  void aSessionWithoutATransactionIsRefused() {
    try (ClientSession session = session()) {
      assertThatThrownBy(() -> world.store.add(session, draft("one", "k")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the session has no transaction");
    }
    assertThat(claim(world.store, NOW)).isEmpty();
    assertThat(world.documents("outbox_keys").countDocuments()).isZero();
  }

  @Test
  void aRecordThatIsTooLargeIsRefusedAndTheTransactionGoesOn() {
    Payload large = Payload.json('"' + "x".repeat(16 << 20) + '"');
    try (ClientSession session = begin()) {
      assertThatThrownBy(
              () ->
                  world.store.add(
                      session, new OutboxDraft(TOPIC, "large", 0, large, EventMeta.NONE, 0)))
          .isInstanceOf(EventTooLargeException.class)
          .hasMessageContaining("record large of topic " + TOPIC)
          .hasMessageContaining("MongoDB takes at most");
      world.store.add(session, draft("small", "k"));
      session.commitTransaction();
    }
    assertThat(ids(claim(world.store, NOW))).containsExactly("small");
  }

  @Test
  void aSessionOfAClientWhoseTransactionsReadAndWriteOtherwiseWorksToo() {
    try (MongoClient host =
            MongoClients.create(
                MongoClientSettings.builder()
                    .applyConnectionString(new ConnectionString(TestMongo.uri()))
                    .writeConcern(WriteConcern.W1)
                    .readConcern(ReadConcern.LOCAL)
                    .timeout(20, TimeUnit.SECONDS)
                    .build());
        MongoOutboxStore store =
            MongoOutboxStore.builder(host, world.database).wakeUps(WakeUp.NONE).build();
        ClientSession session = host.startSession()) {
      session.withTransaction(
          () -> {
            store.add(session, draft("one", "k"));
            return 0;
          });

      Awaitility.await()
          .untilAsserted(() -> assertThat(ids(claim(store, NOW))).containsExactly("one"));
    }
  }
}
