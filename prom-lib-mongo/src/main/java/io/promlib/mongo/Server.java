package io.promlib.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoIncompatibleDriverException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoWriteConcernException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.promlib.store.StoreUnavailableException;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.Document;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Questions to the server itself: whether it can carry a bus, and what time it has. */
final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int WIRE_VERSION_4_4 = 9;
  private static final int NO_SUCH_COMMAND = 59;
  private static final int UNAUTHORIZED = 13;
  private static final int MAJORITY_WITHIN_SECONDS = 5;

  private final MongoClient client;
  private final MongoDatabase database;
  private volatile @Nullable String greeting;

  Server(MongoClient client, MongoDatabase database) {
    this.client = client;
    this.database = database.withReadPreference(ReadPreference.primary());
  }

  /** Its wall clock, in epoch milliseconds. */
  long millis() {
    return hello().getDateTime("localTime").getValue();
  }

  /**
   * Checks that a bus can work here. Writes nothing that stays.
   *
   * @param collection one that the bus writes to
   * @throws StoreUnavailableException if it cannot be reached, has no primary, or majority writes
   *     are not acknowledged in time: what may pass by itself
   * @throws MongoSetupException if it is too old, or refuses the user
   */
  void check(String collection) {
    try {
      BsonDocument hello = hello();
      checkVersion(hello);
      checkWrite(collection);
      if (!hasTransactions(hello)) {
        LOG.warn(
            "the MongoDB of database {} is a single server and no replica set: it has no change"
                + " streams and no transactions, and what it acknowledged is gone with its disk",
            database.getName());
      }
    } catch (MongoIncompatibleDriverException e) {
      throw new MongoSetupException(
          "the server's version does not fit, MongoDB 4.4 or newer is needed: " + e.getMessage(),
          e);
    } catch (MongoSecurityException e) {
      if (MongoErrors.isPassing(e)) {
        throw unreachable(e);
      }
      throw new MongoSetupException(
          "the server refused the user or the password; check those of the URI, and authSource", e);
    } catch (MongoWriteConcernException e) {
      throw new StoreUnavailableException(
          "writes are not acknowledged by a majority of the replica set within "
              + MAJORITY_WITHIN_SECONDS
              + " s; check that most of its members run and keep up: "
              + e.getWriteConcernError().getMessage(),
          e);
    } catch (MongoException e) {
      if (e.getCode() == UNAUTHORIZED) {
        throw notAllowed(collection, e);
      }
      throw isRefusal(e)
          ? new MongoSetupException("the server refused what the bus needs: " + e.getMessage(), e)
          : unreachable(e);
    }
  }

  /**
   * Checks that there are transactions here.
   *
   * @throws MongoSetupException if there are none
   */
  void requireTransactions() {
    BsonDocument hello;
    try {
      hello = hello();
    } catch (MongoException e) {
      throw MongoErrors.translated("the server was not asked whether it has transactions", e);
    }
    if (!hasTransactions(hello)) {
      throw new MongoSetupException(
          "the MongoDB of database "
              + database.getName()
              + " is a single server, which has no transactions; make it a replica set, be it of"
              + " one member",
          null);
    }
  }

  private static boolean hasTransactions(BsonDocument hello) {
    return hello.containsKey("setName") || new BsonString("isdbgrid").equals(hello.get("msg"));
  }

  /** Whether a server that takes writes answered, and did not want to. */
  private static boolean isRefusal(MongoException e) {
    return (e instanceof MongoCommandException || e instanceof MongoWriteException)
        && !MongoErrors.isPassing(e);
  }

  private BsonDocument hello() {
    String known = greeting;
    if (known != null) {
      return database.runCommand(new Document(known, 1), BsonDocument.class);
    }
    try {
      return greeted("hello");
    } catch (MongoCommandException e) {
      if (e.getErrorCode() != NO_SUCH_COMMAND) {
        throw e;
      }
      return greeted("isMaster"); // before 4.4.2
    }
  }

  private BsonDocument greeted(String command) {
    BsonDocument answer = database.runCommand(new Document(command, 1), BsonDocument.class);
    greeting = command;
    return answer;
  }

  private void checkVersion(BsonDocument hello) {
    if (hello.getNumber("maxWireVersion").intValue() >= WIRE_VERSION_4_4) {
      return;
    }
    String version = database.runCommand(new Document("buildInfo", 1)).getString("version");
    if (isBefore44(String.valueOf(version))) {
      throw new MongoSetupException(
          "the server is MongoDB " + version + ", 4.4 or newer is needed; upgrade it", null);
    }
  }

  static boolean isBefore44(String version) {
    String[] parts = version.split("\\D+", 3);
    try {
      int major = Integer.parseInt(parts[0]);
      return major < 4 || (major == 4 && Integer.parseInt(parts[1]) < 4);
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      return true;
    }
  }

  /* Matches nothing, since no topic has such a name, and still needs the right to write, and is acknowledged as writes are. */
  private void checkWrite(String collection) {
    database
        .getCollection(collection)
        .withWriteConcern(
            WriteConcern.MAJORITY.withWTimeout(MAJORITY_WITHIN_SECONDS, TimeUnit.SECONDS))
        .updateOne(Filters.eq("_id", "::check"), Updates.set("first", 0L));
  }

  private MongoSetupException notAllowed(String collection, MongoException e) {
    return new MongoSetupException(
        "the user may not write to "
            + database.getName()
            + "."
            + collection
            + "; give it the role readWrite on the database "
            + database.getName(),
        e);
  }

  private StoreUnavailableException unreachable(MongoException e) {
    boolean headless = client.getClusterDescription().hasReadableServer(ReadPreference.nearest());
    return new StoreUnavailableException(
        headless
            ? "the replica set has no primary that takes writes now: " + e.getMessage()
            : "the MongoDB was not reached; check its address and that it runs: " + e.getMessage(),
        e);
  }
}
