package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.CountOptions;
import com.mongodb.client.model.DeleteOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.result.UpdateResult;
import io.promlib.PromException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * The calls to the server: from the primary, with majority, each within a bounded time. What fails
 * is thrown as {@link PromException}; {@link #insert} alone throws what the driver threw.
 */
class Database {
  private static final int MOST_AT_ONCE = 10_000;

  private final @Nullable MongoClient client;
  private final MongoCollection<RawBsonDocument> events;
  private final MongoCollection<Document> topics;

  Database(
      MongoDatabase database, @Nullable MongoClient client, MongoNames names, Duration timeout) {
    this.client = client;
    MongoDatabase careful =
        database
            .withReadPreference(ReadPreference.primary())
            .withReadConcern(ReadConcern.MAJORITY)
            .withWriteConcern(WriteConcern.MAJORITY)
            .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS);
    this.events = careful.getCollection(names.events(), RawBsonDocument.class);
    this.topics = careful.getCollection(names.topics());
  }

  /**
   * A causally consistent session, or null where the server has none or the host gave no client. A
   * read with majority in it waits until it sees what an earlier call in it met.
   */
  @Nullable ClientSession session() {
    return Sessions.begin(client);
  }

  /** Inserts in order, up to the first that fails, which the driver's exception names. */
  void insert(@Nullable ClientSession session, List<RawBsonDocument> documents) {
    if (session == null) {
      events.insertMany(documents);
    } else {
      events.insertMany(session, documents);
    }
  }

  /** The documents that a query finds, all of them at once. */
  List<RawBsonDocument> find(@Nullable ClientSession session, Query query) {
    return call(query.doing(), () -> asked(session, query).into(new ArrayList<>()));
  }

  List<RawBsonDocument> find(Query query) {
    return find(null, query);
  }

  /**
   * The first documents that a query finds, until they have so many bytes together; what is behind
   * the server's first answer, of 16 MiB at most, is not asked for if that is enough.
   */
  List<RawBsonDocument> find(Query query, long bytes) {
    return call(
        query.doing(),
        () -> {
          List<RawBsonDocument> some = new ArrayList<>();
          long size = 0;
          try (MongoCursor<RawBsonDocument> cursor = asked(null, query).cursor()) {
            while (size < bytes && cursor.hasNext()) {
              RawBsonDocument document = cursor.next();
              size += document.getByteBuffer().remaining();
              some.add(document);
            }
          }
          return some;
        });
  }

  private FindIterable<RawBsonDocument> asked(@Nullable ClientSession session, Query query) {
    FindIterable<RawBsonDocument> found =
        session == null ? events.find(query.filter()) : events.find(session, query.filter());
    found.sort(query.sort()).projection(query.projection()).hint(query.hint());
    found.limit(query.limit()).skip(query.skip());
    // One answer, so that no cursor stays open at the server.
    return found.batchSize(
        Math.min(query.limit() == 0 ? MOST_AT_ONCE : query.limit(), MOST_AT_ONCE) + 1);
  }

  long count(Bson filter, Bson hint) {
    return call(
        "events were not counted",
        () -> events.countDocuments(filter, new CountOptions().hint(hint)));
  }

  long deleteEvents(Bson filter) {
    return call(
        "events were not removed",
        () -> events.deleteMany(filter, new DeleteOptions().hint(Query.BY_SEQ)).getDeletedCount());
  }

  void updateEvent(Bson filter, Bson update) {
    call(
        "an event was not removed",
        () -> events.updateOne(filter, update, new UpdateOptions().hint(Query.BY_SEQ)));
  }

  @Nullable Document topic(String topic) {
    return call(
        "topic " + topic + " was not read", () -> topics.find(Filters.eq("_id", topic)).first());
  }

  UpdateResult updateTopic(Bson filter, Bson update, boolean upsert) {
    return call(
        "a topic was not written",
        () -> topics.updateOne(filter, update, new UpdateOptions().upsert(upsert)));
  }

  /** {@link #updateTopic} of what only gives hints: without waiting for a majority. */
  UpdateResult hintTopic(Bson filter, Bson update) {
    return call(
        "a topic was not written",
        () -> topics.withWriteConcern(WriteConcern.W1).updateOne(filter, update));
  }

  /** A topic's document as the primary has it, perhaps not yet at a majority. */
  @Nullable Document topicHints(String topic) {
    return call(
        "topic " + topic + " was not read",
        () -> topics.withReadConcern(ReadConcern.LOCAL).find(Filters.eq("_id", topic)).first());
  }

  List<String> topicNames() {
    return call(
        "topics were not listed",
        () ->
            topics
                .find()
                .projection(new Document("_id", 1))
                .map(topic -> topic.getString("_id"))
                .into(new ArrayList<>()));
  }

  private static <T extends @Nullable Object> T call(String doing, Supplier<T> work) {
    try {
      return work.get();
    } catch (MongoException e) {
      throw MongoErrors.translated(doing, e);
    }
  }
}
