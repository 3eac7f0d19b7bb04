package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.WriteConcern;
import com.mongodb.client.MongoCollection;
import io.promlib.event.EventId;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxRecord;
import io.promlib.store.Draft;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.bson.Document;
import org.bson.RawBsonDocument;

/** A database with an outbox and the topic that its records go to. */
final class OutboxWorld implements AutoCloseable {
  static final String TOPIC = "orders.placed";
  static final long NOW = 1_700_000_000_000L;
  static final Duration LEASE = Duration.ofSeconds(30);

  final String database = TestMongo.freshDatabase().getName();
  final MongoOutboxStore store = builder().build();
  final MongoEventStore events =
      MongoEventStore.builder(TestMongo.client().getDatabase(database))
          .client(TestMongo.client())
          .wakeUps(WakeUp.NONE)
          .build();

  MongoOutboxStoreBuilder builder() {
    return MongoOutboxStore.builder(TestMongo.client(), database).wakeUps(WakeUp.NONE);
  }

  /** Another process, whose calls a test can break. */
  MongoOutboxStore with(FaultyOutbox faults) {
    return builder().build(faults);
  }

  static OutboxDraft draft(String id, String key) {
    EventMeta meta =
        key == null ? EventMeta.NONE : new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return new OutboxDraft(TOPIC, id, NOW, Payload.json("{\"id\":\"" + id + "\"}"), meta, 0);
  }

  void add(String key, String... ids) {
    for (String id : ids) {
      assertThat(store.add(draft(id, key), NOW)).isTrue();
    }
  }

  /** Adds records of one key from this place on, as if they had been added one by one. */
  void addMany(String key, int count, long firstSeq) {
    List<RawBsonDocument> some = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long seq = firstSeq + i;
      some.add(OutboxDocuments.encode(draft(key + "-" + seq, key), NOW).at(seq));
    }
    insert(some);
    documents("outbox_keys")
        .insertOne(new Document("_id", TOPIC + "::" + key).append("seq", firstSeq + count - 1));
  }

  void insert(List<RawBsonDocument> records) {
    documents("outbox").withDocumentClass(RawBsonDocument.class).insertMany(records);
  }

  MongoCollection<Document> documents(String collection) {
    return TestMongo.client()
        .getDatabase(database)
        .getCollection(collection)
        .withWriteConcern(WriteConcern.MAJORITY);
  }

  static List<OutboxClaim> claim(MongoOutboxStore store, long now) {
    return store.claim("test", 100, LEASE, now);
  }

  /** Puts claimed records into the topic, in their order. */
  void publish(List<OutboxClaim> claims) {
    List<Draft> drafts = new ArrayList<>();
    for (OutboxClaim claim : claims) {
      OutboxRecord record = claim.record();
      if (!record.dropped()) {
        drafts.add(
            new Draft(EventId.given(record.id()), record.ts(), record.payload(), record.meta()));
      }
    }
    events.append(TOPIC, drafts, NOW);
  }

  static Set<OutboxClaim> sent(MongoOutboxStore store, List<OutboxClaim> claims, long now) {
    return store.settle(claims.stream().<OutboxOutcome>map(OutboxOutcome.Sent::new).toList(), now);
  }

  /**
   * Claims, publishes and marks until there is nothing to claim; answers how many claims it took.
   */
  int drain(MongoOutboxStore drainer, long now) {
    int claims = 1;
    List<OutboxClaim> some = claim(drainer, now);
    while (!some.isEmpty()) {
      publish(some);
      sent(drainer, some, now);
      claims++;
      some = claim(drainer, now);
    }
    return claims;
  }

  /** The ids in the topic, by key in their order; those without a key under "". */
  Map<String, List<String>> published() {
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (EventRecord event : Events.all(events, TOPIC)) {
      String key = event.key() == null ? "" : event.key();
      ids.computeIfAbsent(key, unseen -> new ArrayList<>()).add(event.id());
    }
    return ids;
  }

  static List<String> ids(List<OutboxClaim> claims) {
    return claims.stream().map(claim -> claim.record().id()).toList();
  }

  /** Runs this on so many threads at once, and waits for all. */
  static void together(int threads, IntConsumer work) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int thread = i;
        running.add(executor.submit(() -> work.accept(thread)));
      }
      for (Future<?> one : running) {
        one.get(120, TimeUnit.SECONDS);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Override
  public void close() {
    store.close();
    events.close();
  }
}
