package io.promlib.mongo.testing;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bson.Document;

/** A {@code mongod} of this JVM's own: a replica set of one node, in a temporary folder. */
final class MongodServer implements TestServer {
  private static final String HOST = "127.0.0.1";
  private static final int SECONDS_TO_START = 60;

  private final Process process;
  private final Path folder;
  private final int port;

  private MongodServer(Process process, Path folder, int port) {
    this.process = process;
    this.folder = folder;
    this.port = port;
  }

  /** The program, if there is one on the PATH. */
  static Optional<Path> program() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Pattern.compile(Pattern.quote(File.pathSeparator))
        .splitAsStream(path)
        .filter(entry -> !entry.isEmpty())
        .map(entry -> Path.of(entry, "mongod"))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Starts it and waits until it is primary. */
  static MongodServer start(Path program) {
    try {
      Path folder = Files.createTempDirectory("prom-mongod");
      int port = freePort();
      Process process =
          new ProcessBuilder(
                  program.toString(),
                  "--dbpath",
                  folder.toString(),
                  "--bind_ip",
                  HOST,
                  "--port",
                  Integer.toString(port),
                  "--replSet",
                  "rs0",
                  "--wiredTigerCacheSizeGB",
                  "0.5")
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("mongod.log").toFile())
              .start();
      MongodServer server = new MongodServer(process, folder, port);
      try {
        server.initiate();
      } catch (RuntimeException e) {
        server.stop();
        throw e;
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(program + " cannot be started", e);
    }
  }

  private void initiate() {
    String member = HOST + ":" + port;
    String patience = "serverSelectionTimeoutMS=" + TimeUnit.SECONDS.toMillis(SECONDS_TO_START);
    Document set =
        new Document("_id", "rs0")
            .append("members", List.of(new Document("_id", 0).append("host", member)));
    try (MongoClient alone =
        MongoClients.create("mongodb://" + member + "/?directConnection=true&" + patience)) {
      alone.getDatabase("admin").runCommand(new Document("replSetInitiate", set));
    }
    try (MongoClient whole = MongoClients.create(uri() + "&" + patience)) {
      whole.getDatabase("admin").runCommand(new Document("ping", 1));
    }
  }

  @Override
  public String uri() {
    return "mongodb://" + HOST + ":" + port + "/?replicaSet=rs0";
  }

  @Override
  public String name() {
    return "a mongod of this JVM's own at " + uri();
  }

  @Override
  public boolean isOwn() {
    return true;
  }

  @Override
  public void stop() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    deleteFolder();
  }

  private void deleteFolder() {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    } catch (IOException e) {
      System.err.println("TestMongo: " + folder + " was not deleted: " + e);
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
