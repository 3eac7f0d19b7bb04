package io.promlib.examples.bench.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexOptions;
import io.promlib.bus.EventBus;
import io.promlib.event.Message;
import io.promlib.event.Topic;
import io.promlib.mongo.MongoEventBus;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.bson.Document;

/** A database of one case, with a bus in it; both go when it is closed. */
final class Ground implements AutoCloseable {
  /** JSON of 200 bytes. */
  record Sample(String text) {
    static final Sample OF_200_BYTES = new Sample("x".repeat(200 - "{\"text\":\"\"}".length()));
  }

  static final Topic<Sample> TOPIC = Topic.of("bench.mongo", Sample.class);
  private static final String EVENTS = "events";
  private static final int LOADED_AT_ONCE = 1_000;

  private final Calls calls = new Calls();
  private final MongoClient client;
  private final MongoClient uncounted;
  private final MongoDatabase database;
  private final EventBus bus;

  Ground(String url) {
    uncounted = MongoClients.create(url);
    client =
        MongoClients.create(
            MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString(url))
                .writeConcern(WriteConcern.MAJORITY)
                .addCommandListener(calls)
                .build());
    String name = "prom_bench_" + UUID.randomUUID().toString().replace("-", "");
    database = client.getDatabase(name);
    bus = MongoEventBus.builder(client, name).open();
  }

  MongoClient client() {
    return client;
  }

  MongoDatabase database() {
    return database;
  }

  EventBus bus() {
    return bus;
  }

  long calls() {
    return calls.count();
  }

  /** The collection of the bus's events. */
  MongoCollection<Document> events() {
    return database.getCollection(EVENTS);
  }

  /** Where the group's ack floor is stored to be; not among the calls. */
  long floor(String group) {
    Document cursor =
        uncounted
            .getDatabase(database.getName())
            .getCollection("cursors")
            .find(new Document("_id", TOPIC.name() + "::" + group))
            .first();
    return cursor == null ? 0 : cursor.get("seq", Number.class).longValue();
  }

  /** Publishes so many events and waits for all. */
  void load(int count) {
    for (int left = count; left > 0; left -= LOADED_AT_ONCE) {
      int some = Math.min(left, LOADED_AT_ONCE);
      bus.publishAll(TOPIC, Collections.nCopies(some, Message.of(Sample.OF_200_BYTES)));
    }
  }

  /** A collection beside the bus's, with the same indexes. */
  MongoCollection<Document> plain() {
    MongoCollection<Document> plain = database.getCollection("plain");
    for (Document index : events().listIndexes()) {
      if (!"_id_".equals(index.getString("name"))) {
        IndexOptions options = new IndexOptions().unique(index.getBoolean("unique", false));
        plain.createIndex(Objects.requireNonNull(index.get("key", Document.class)), options);
      }
    }
    return plain;
  }

  /** An event as the bus stores it, for {@link #like}. */
  Document stored() {
    bus.publish(TOPIC, Sample.OF_200_BYTES);
    return Objects.requireNonNull(events().find().first());
  }

  /** A document like the one given, at another position. */
  static Document like(Document stored, long seq) {
    Document copy = new Document(stored);
    String id = UUID.randomUUID().toString();
    copy.put("_id", TOPIC.name() + "::" + id);
    copy.put("id", id);
    copy.put("seq", seq);
    return copy;
  }

  static List<Document> like(Document stored, long from, int count) {
    List<Document> documents = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      documents.add(like(stored, from + i));
    }
    return documents;
  }

  @Override
  public void close() {
    bus.close();
    database.drop();
    client.close();
    uncounted.close();
  }
}
