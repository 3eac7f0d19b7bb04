package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexModel;
import com.mongodb.client.model.IndexOptions;
import io.promlib.PromException;
import java.time.Duration;
import java.util.List;

/** The indexes that the event store needs. */
final class EventIndexes {
  private EventIndexes() {}

  /**
   * Makes those that are missing. Safe in any number of processes at once.
   *
   * @throws PromException if an index of that name or of these fields is another one, or the
   *     collection holds two events at one position
   */
  static void create(MongoDatabase database, MongoNames names, Duration timeout) {
    Indexing.create(
        database,
        names.events(),
        timeout,
        List.of(
            new IndexModel(Query.BY_SEQ, new IndexOptions().name("topic_seq").unique(true)),
            new IndexModel(Query.BY_KEY, new IndexOptions().name("topic_key_seq")),
            new IndexModel(Query.BY_TIME, new IndexOptions().name("topic_ts_max_seq"))));
  }
}
