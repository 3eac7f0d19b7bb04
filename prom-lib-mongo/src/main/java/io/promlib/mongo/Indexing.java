package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexModel;
import io.promlib.PromException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Makes indexes. */
final class Indexing {
  private static final Set<Integer> CONFLICTS = Set.of(85, 86, MongoErrors.DUPLICATE_KEY);

  private Indexing() {}

  /**
   * Makes those that are missing, and with them the collection. Safe in any number of processes at
   * once.
   *
   * @throws PromException if an index of that name or of these fields is another one, or what the
   *     collection holds does not fit a unique one
   */
  static void create(
      MongoDatabase database, String collection, Duration timeout, List<IndexModel> indexes) {
    try {
      database
          .withWriteConcern(WriteConcern.MAJORITY)
          .withTimeout(Durations.limit(timeout), TimeUnit.MILLISECONDS)
          .getCollection(collection)
          .createIndexes(indexes);
    } catch (MongoException e) {
      if (CONFLICTS.contains(e.getCode())) {
        throw new PromException(
            "the indexes of collection "
                + collection
                + " cannot be made, as one that is there differs or the data does not fit; drop it,"
                + " or give the bus other collection names: "
                + e.getMessage(),
            e);
      }
      throw MongoErrors.translated("the indexes of " + collection + " were not made", e);
    }
  }
}
