package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexModel;
import com.mongodb.client.model.IndexOptions;
import io.promlib.PromException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.Document;

/** The indexes that the event store needs. */
final class EventIndexes {
  private static final Set<Integer> CONFLICTS = Set.of(85, 86, MongoErrors.DUPLICATE_KEY);

  private EventIndexes() {}

  /**
   * Makes those that are missing. Safe in any number of processes at once.
   *
   * @throws PromException if an index of that name or of these fields is another one, or the
   *     collection holds two events at one position
   */
  static void create(MongoDatabase database, MongoNames names, Duration timeout) {
    MongoCollection<Document> events =
        database
            .withWriteConcern(WriteConcern.MAJORITY)
            .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS)
            .getCollection(names.events());
    try {
      events.createIndexes(
          List.of(
              new IndexModel(Query.BY_SEQ, new IndexOptions().name("topic_seq").unique(true)),
              new IndexModel(Query.BY_KEY, new IndexOptions().name("topic_key_seq")),
              new IndexModel(Query.BY_TIME, new IndexOptions().name("topic_ts_max_seq"))));
    } catch (MongoException e) {
      if (CONFLICTS.contains(e.getCode())) {
        throw new PromException(
            "the indexes of collection "
                + names.events()
                + " cannot be made, as one that is there differs or the data does not fit; drop it,"
                + " or give the bus other collection names: "
                + e.getMessage(),
            e);
      }
      throw MongoErrors.translated("the indexes of " + names.events() + " were not made", e);
    }
  }
}
