package io.promlib.mongo;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.bulk.BulkWriteResult;
import com.mongodb.client.AggregateIterable;
import com.mongodb.client.ClientSession;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.CountOptions;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.FindOneAndUpdateOptions;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.ReturnDocument;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.WriteModel;
import com.mongodb.client.result.UpdateResult;
import io.promlib.PromException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * The outbox's calls to the server: from the primary, with majority, each within a bounded time,
 * but for those in a host's transaction. What fails is thrown as {@link PromException}.
 */
class OutboxDatabase {
  private static final FindOneAndUpdateOptions COUNT_ON =
      new FindOneAndUpdateOptions()
          .upsert(true)
          .returnDocument(ReturnDocument.BEFORE)
          .projection(Projections.include("seq"));

  /** How many documents a write met, and how many of them it changed. */
  record Written(long matched, long modified) {}

  private final MongoClient client;
  private final MongoCollection<RawBsonDocument> outbox;
  private final MongoCollection<Document> keys;

  /* As the host's client has them: in a transaction its concerns count, and its time limits. */
  private final MongoCollection<RawBsonDocument> hostsOutbox;
  private final MongoCollection<Document> hostsKeys;

  OutboxDatabase(MongoClient client, String database, MongoNames names, Duration timeout) {
    this.client = client;
    MongoDatabase plain = client.getDatabase(database);
    MongoDatabase careful =
        plain
            .withReadPreference(ReadPreference.primary())
            .withReadConcern(ReadConcern.MAJORITY)
            .withWriteConcern(WriteConcern.MAJORITY)
            .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS);
    this.outbox = careful.getCollection(names.outbox(), RawBsonDocument.class);
    this.keys = careful.getCollection(names.outboxKeys());
    this.hostsOutbox = plain.getCollection(names.outbox(), RawBsonDocument.class);
    this.hostsKeys = plain.getCollection(names.outboxKeys());
  }

  /** See {@link Sessions#begin}. */
  @Nullable ClientSession session() {
    return Sessions.begin(client);
  }

  /** The next place of a key in the order of commit. */
  long nextPlace(String key) {
    return call(
        "a place among the records of a key was not taken",
        () -> {
          try {
            return placeBehind(keys.findOneAndUpdate(byId(key), Updates.inc("seq", 1L), COUNT_ON));
          } catch (MongoCommandException e) {
            if (e.getErrorCode() != MongoErrors.DUPLICATE_KEY) {
              throw e;
            }
            // Another one made it at the same time.
            return placeBehind(keys.findOneAndUpdate(byId(key), Updates.inc("seq", 1L), COUNT_ON));
          }
        });
  }

  /** {@link #nextPlace} in a host's transaction; throws what the driver throws. */
  long nextPlace(ClientSession session, String key) {
    return placeBehind(
        hostsKeys.findOneAndUpdate(session, byId(key), Updates.inc("seq", 1L), COUNT_ON));
  }

  private static long placeBehind(@Nullable Document before) {
    Object seq = before == null ? null : before.get("seq");
    return seq instanceof Number number ? number.longValue() + 1 : 1;
  }

  /** Whether it was inserted; if not, there is one of that id. */
  boolean insert(@Nullable ClientSession session, RawBsonDocument record) {
    return call(
        "a record was not added",
        () -> {
          try {
            if (session == null) {
              outbox.insertOne(record);
            } else {
              outbox.insertOne(session, record);
            }
            return true;
          } catch (MongoWriteException e) {
            if (e.getError().getCategory() == ErrorCategory.DUPLICATE_KEY) {
              return false;
            }
            throw e;
          }
        });
  }

  /** Inserts in a host's transaction; throws what the driver throws. */
  void insertInTransaction(ClientSession session, RawBsonDocument record) {
    hostsOutbox.insertOne(session, record);
  }

  /** The first documents that a query finds, until they have so many bytes together. */
  List<RawBsonDocument> find(@Nullable ClientSession session, OutboxQuery query, long bytes) {
    return call(
        query.doing(),
        () -> {
          List<RawBsonDocument> some = new ArrayList<>();
          long size = 0;
          try (MongoCursor<RawBsonDocument> cursor = asked(session, query).cursor()) {
            while (size < bytes && cursor.hasNext()) {
              RawBsonDocument document = cursor.next();
              size += document.getByteBuffer().remaining();
              some.add(document);
            }
          }
          return some;
        });
  }

  List<RawBsonDocument> find(OutboxQuery query) {
    return find(null, query, Long.MAX_VALUE);
  }

  private FindIterable<RawBsonDocument> asked(@Nullable ClientSession session, OutboxQuery query) {
    FindIterable<RawBsonDocument> found =
        session == null ? outbox.find(query.filter()) : outbox.find(session, query.filter());
    found.sort(query.sort()).projection(query.projection()).hint(query.hint());
    // One answer, so that no cursor stays open at the server.
    return found.limit(query.limit()).batchSize(query.limit() + 1);
  }

  List<Document> aggregate(
      @Nullable ClientSession session, String doing, List<Bson> stages, Bson hint) {
    return call(
        doing,
        () -> {
          AggregateIterable<Document> found =
              session == null
                  ? outbox.aggregate(stages, Document.class)
                  : outbox.aggregate(session, stages, Document.class);
          return found.hint(hint).into(new ArrayList<>());
        });
  }

  long count(Bson filter, Bson hint) {
    return call(
        "records were not counted",
        () -> outbox.countDocuments(filter, new CountOptions().hint(hint)));
  }

  /** How many documents it met. */
  long update(@Nullable ClientSession session, String doing, Bson filter, Bson update) {
    return call(
        doing,
        () -> {
          UpdateResult result =
              session == null
                  ? outbox.updateMany(filter, update)
                  : outbox.updateMany(session, filter, update);
          return result.getMatchedCount();
        });
  }

  /** Updates in their order, in one call. */
  Written write(String doing, List<? extends WriteModel<RawBsonDocument>> updates) {
    return call(
        doing,
        () -> {
          BulkWriteResult result = outbox.bulkWrite(updates);
          return new Written(result.getMatchedCount(), result.getModifiedCount());
        });
  }

  /** Updates one record and answers what it was; null if none fits. */
  @Nullable RawBsonDocument change(String doing, Bson filter, Bson update) {
    return call(
        doing,
        () ->
            outbox.findOneAndUpdate(
                filter,
                update,
                new FindOneAndUpdateOptions()
                    .returnDocument(ReturnDocument.BEFORE)
                    .projection(Projections.exclude("payload", "payload_json"))));
  }

  long delete(Bson filter) {
    return call("sent records were not removed", () -> outbox.deleteMany(filter).getDeletedCount());
  }

  /** Up to where the records of these keys were sent, by key; those of which none was left out. */
  Map<String, Long> sent(@Nullable ClientSession session, Collection<String> of) {
    return call(
        "how far keys were sent was not read",
        () -> {
          Bson filter = Filters.in("_id", of);
          Map<String, Long> sent = new HashMap<>();
          for (Document key : session == null ? keys.find(filter) : keys.find(session, filter)) {
            if (key.get("sent") instanceof Number number) {
              sent.put(key.getString("_id"), number.longValue());
            }
          }
          return sent;
        });
  }

  /** Notes up to where the records of keys were sent. */
  void advance(Map<String, Long> to) {
    List<UpdateOneModel<Document>> updates = new ArrayList<>();
    to.forEach(
        (key, sent) ->
            updates.add(
                new UpdateOneModel<>(
                    byId(key), Updates.max("sent", sent), new UpdateOptions().upsert(true))));
    call("how far keys were sent was not noted", () -> keys.bulkWrite(updates));
  }

  <T extends @Nullable Object> T call(String doing, Supplier<T> work) {
    try {
      return work.get();
    } catch (MongoException e) {
      throw MongoErrors.translated(doing, e);
    }
  }

  private static Bson byId(String id) {
    return Filters.eq("_id", id);
  }
}
