package io.promlib.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.IndexModel;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.conversions.Bson;

/** The indexes of an outbox. What is sent is in one of them only. */
final class OutboxIndexes {
  /** What is due, slot by slot; what is fresh by when it was added, whatever its key. */
  static final Bson CLAIM = Indexes.ascending("slot", "due", "added");

  /** What of a key is unsent. No field of it changes while a record is in it: see OutboxOrder. */
  static final Bson ORDER = Indexes.ascending("topic", "key", "seq");

  /** What is parked of a key; empty as a rule. */
  static final Bson PARKED = Indexes.ascending("topic", "key");

  /* Holds what its filter asks for, so that a count reads no document. */
  static final Bson UNSENT = Indexes.ascending("unsent", "status", "ts", "_id");
  static final Bson SENT = Indexes.ascending("status", "sent_at");
  static final Bson ID = Indexes.ascending("_id");

  private static final int EXISTS = 48;

  private OutboxIndexes() {}

  /** Makes the collections and indexes that are missing; safe in any number of processes. */
  static void create(MongoDatabase database, MongoNames names, Duration timeout) {
    Bson unsent = Filters.eq("unsent", true);
    Bson keyed = Filters.and(unsent, Filters.exists("key"));
    Indexing.create(
        database,
        names.outbox(),
        timeout,
        List.of(
            index(CLAIM, "claim", unsent),
            index(ORDER, "order", keyed),
            index(PARKED, "parked", Filters.eq("parked", true)),
            index(UNSENT, "unsent", unsent),
            index(SENT, "sent", Filters.eq("status", OutboxDocuments.SENT))));
    // Made before a transaction needs it: two that make it at once would abort one another.
    try {
      database
          .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS)
          .createCollection(names.outboxKeys());
    } catch (MongoException e) {
      if (!(e instanceof MongoCommandException) || e.getCode() != EXISTS) {
        throw MongoErrors.translated("collection " + names.outboxKeys() + " was not made", e);
      }
    }
  }

  private static IndexModel index(Bson keys, String name, Bson only) {
    return new IndexModel(keys, new IndexOptions().name(name).partialFilterExpression(only));
  }
}
