package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import org.jspecify.annotations.Nullable;

/** Causally consistent sessions. */
final class Sessions {
  private Sessions() {}

  /**
   * One session, or null where the server has none or there is no client. A read with majority in
   * it waits until it sees what an earlier call in it met.
   */
  static @Nullable ClientSession begin(@Nullable MongoClient client) {
    if (client == null
        || client.getClusterDescription().getLogicalSessionTimeoutMinutes() == null) {
      return null;
    }
    try {
      return client.startSession();
    } catch (MongoException e) {
      throw MongoErrors.translated("no session could be begun", e);
    }
  }
}
