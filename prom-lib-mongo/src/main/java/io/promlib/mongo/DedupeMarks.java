package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.MongoNamespace;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.event.Names;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDateTime;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * The marks of one group, a document for each event that it handles or handled. Throws what the
 * driver throws.
 */
final class DedupeMarks {
  /*
   * A mark holds until its time `until`: that of a lease, or that of being remembered. From then on it is as if it were
   * not there, for whoever asks, be it still there or not. So it is one write that takes an event, and it needs no look
   * before: it finds a mark that holds no more, or none; or it runs into the unique `_id` of one that holds.
   *
   * The server removes marks at `expireAt`, up to a minute or more late. For one that is done that is `until`; a lease
   * that ran out stays as long after it, so that its holder may complete while nobody else began.
   */
  private static final String RUNNING = "running";
  private static final String DONE = "done";

  private final MongoCollection<Document> marks;
  private final String prefix;
  private final long retention;

  private DedupeMarks(MongoCollection<Document> marks, String prefix, long retention) {
    this.marks =
        marks
            .withReadPreference(ReadPreference.primary())
            .withReadConcern(ReadConcern.MAJORITY)
            .withWriteConcern(WriteConcern.MAJORITY);
    this.prefix = prefix;
    this.retention = retention;
  }

  static DedupeMarks of(
      MongoDatabase database,
      MongoNames names,
      String topic,
      String group,
      Duration retention,
      Duration timeout) {
    return new DedupeMarks(
        database
            .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS)
            .getCollection(names.dedupe()),
        Names.topic(topic) + "::" + Names.group(group) + "::",
        retention.toMillis());
  }

  /**
   * The same, with the client's own time limits: in its transactions the driver takes no others.
   */
  DedupeMarks through(MongoClient client) {
    MongoNamespace name = marks.getNamespace();
    return new DedupeMarks(
        client.getDatabase(name.getDatabaseName()).getCollection(name.getCollectionName()),
        prefix,
        retention);
  }

  /** Makes the collection and the index that removes what is forgotten, if they are missing. */
  void createIndex() {
    marks.createIndex(
        Indexes.ascending("expireAt"),
        new IndexOptions().name("expireAt").expireAfter(0L, TimeUnit.SECONDS));
  }

  /** Marks an event as being handled; false if it has a mark that holds. */
  boolean begin(String id, String token, Duration lease, long now) {
    long until = now + lease.toMillis();
    return take(null, id, now, fields(RUNNING, token, until, until + retention));
  }

  /** Marks an event as handled; false if it has a mark that holds. */
  boolean done(ClientSession session, String id, String token, long now) {
    return take(session, id, now, done(token, now));
  }

  private boolean take(@Nullable ClientSession session, String id, long now, Bson fields) {
    Bson free = Filters.and(byId(id), Filters.lte("until", now));
    UpdateOptions upsert = new UpdateOptions().upsert(true);
    try {
      if (session == null) {
        marks.updateOne(free, fields, upsert);
      } else {
        marks.updateOne(session, free, fields, upsert);
      }
      return true;
    } catch (MongoException e) {
      if (MongoErrors.code(e) == MongoErrors.DUPLICATE_KEY) {
        return false;
      }
      throw e;
    }
  }

  /** What the mark of an event says, as a majority has it; null if there is none that holds. */
  @Nullable Begin read(@Nullable ClientSession session, String id, long now) {
    Document mark =
        (session == null ? marks.find(byId(id)) : marks.find(session, byId(id))).first();
    long left = mark == null ? 0 : Fields.number(mark, "until") - now;
    if (mark == null || left <= 0) {
      return null;
    }
    return DONE.equals(mark.getString("state"))
        ? new Begin.Done()
        : new Begin.Busy(Duration.ofMillis(left));
  }

  /** Marks an event as handled; false if the mark is not the token's. */
  boolean complete(String id, String token, long now) {
    return marks.updateOne(owned(id, token), done(token, now)).getMatchedCount() == 1;
  }

  /** Takes the mark of an event that is being handled away; false if it is not the token's. */
  boolean abandon(String id, String token) {
    Bson running = Filters.and(owned(id, token), Filters.eq("state", RUNNING));
    return marks.deleteOne(running).getDeletedCount() == 1;
  }

  private Bson done(String token, long now) {
    return fields(DONE, token, now + retention, now + retention);
  }

  private static Bson fields(String state, String token, long until, long expireAt) {
    return Updates.combine(
        Updates.set("state", state),
        Updates.set("owner", token),
        Updates.set("until", until),
        Updates.set("expireAt", new BsonDateTime(expireAt)));
  }

  private Bson owned(String id, String token) {
    return Filters.and(byId(id), Filters.eq("owner", token));
  }

  private Bson byId(String id) {
    return Filters.eq("_id", prefix + Names.id(id));
  }
}
