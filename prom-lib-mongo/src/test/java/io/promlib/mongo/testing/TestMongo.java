package io.promlib.mongo.testing;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bson.Document;
import org.junit.jupiter.api.Assumptions;

/**
 * The MongoDB of this JVM's tests: the one that {@code PROM_TEST_MONGODB_URI} or the system
 * property {@code prom.test.mongodb.uri} names; else a {@code mongod} from the PATH, started as a
 * replica set of one node; else mongo-java-server. It is made at the first use, said once on
 * standard output, and ends with the JVM.
 */
public final class TestMongo {
  private static final List<String> MADE = new CopyOnWriteArrayList<>();

  private TestMongo() {}

  private static final class Holder {
    static final TestMongo.Started STARTED = start();
  }

  private record Started(
      TestServer server, MongoClient client, boolean isReal, boolean hasTransactions) {}

  /** What any process of this machine connects to. */
  public static String uri() {
    return Holder.STARTED.server.uri();
  }

  /** The same, naming a database. */
  public static String uri(String database) {
    return uri().replaceFirst("^([a-z+]+://[^/?]+)/?[^?]*", "$1/" + database);
  }

  /** A client that all tests of this JVM share: nobody closes it. */
  public static MongoClient client() {
    return Holder.STARTED.client;
  }

  /** A database of its own for each call, dropped at the JVM's end. */
  public static MongoDatabase freshDatabase() {
    String name = "prom_test_" + UUID.randomUUID().toString().replace("-", "");
    MADE.add(name);
    return client().getDatabase(name);
  }

  /** Whether this is MongoDB and no imitation. */
  public static boolean isReal() {
    return Holder.STARTED.isReal;
  }

  /** Whether it has transactions and change streams, as replica sets do. */
  public static boolean hasTransactions() {
    return Holder.STARTED.hasTransactions;
  }

  /**
   * Turns change streams on or off where the server is an imitation, which has none at first: they
   * cost it dearly. A real one has them or not.
   */
  public static void changeStreams(boolean on) {
    Holder.STARTED.server.changeStreams(on);
  }

  /** Skips the test where the server is an imitation. */
  public static void assumeReal(String why) {
    if (!isReal()) {
      Assumptions.abort("needs a real MongoDB: " + why);
    }
  }

  /** Skips the test where the server has no transactions. */
  public static void assumeTransactions(String why) {
    if (!hasTransactions()) {
      Assumptions.abort("needs a MongoDB with transactions: " + why);
    }
  }

  private static Started start() {
    TestServer server = choose();
    System.out.println("TestMongo: " + server.name());
    MongoClient client = MongoClients.create(server.uri());
    Document hello = hello(client);
    boolean whole = hello.containsKey("setName") || "isdbgrid".equals(hello.getString("msg"));
    Started started = new Started(server, client, !hello.isEmpty(), whole);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started), "test-mongo-end"));
    return started;
  }

  private static TestServer choose() {
    String uri = System.getProperty("prom.test.mongodb.uri");
    if (uri == null || uri.isEmpty()) {
      uri = System.getenv("PROM_TEST_MONGODB_URI");
    }
    if (uri != null && !uri.isEmpty()) {
      return new GivenServer(uri);
    }
    Optional<Path> mongod = Mongod.program();
    return mongod.isPresent() ? MongodServer.start(mongod.get()) : new StandInServer();
  }

  /* The imitation does not know the command. */
  private static Document hello(MongoClient client) {
    try {
      return client.getDatabase("admin").runCommand(new Document("hello", 1));
    } catch (MongoCommandException e) {
      return new Document();
    }
  }

  private static void end(Started started) {
    try {
      if (!started.server.isOwn()) {
        MADE.forEach(name -> started.client.getDatabase(name).drop());
      }
      started.client.close();
    } catch (RuntimeException e) {
      System.err.println("TestMongo: not everything was tidied up: " + e);
    } finally {
      started.server.stop();
    }
  }
}
