package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.IndexOptions;
import com.mongodb.client.model.Indexes;

/** The index by which groups that nobody uses any more are found. */
final class GroupIndexes {
  private GroupIndexes() {}

  /**
   * Makes it if it is missing; safe in any number of processes at once. Only mortal groups are in
   * it.
   */
  static void create(MongoDatabase database, MongoNames names) {
    try {
      database
          .getCollection(names.cursors())
          .createIndex(
              Indexes.ascending("expires"), new IndexOptions().name("expires").sparse(true));
    } catch (MongoException e) {
      throw MongoErrors.translated("the index of " + names.cursors() + " was not made", e);
    }
  }
}
