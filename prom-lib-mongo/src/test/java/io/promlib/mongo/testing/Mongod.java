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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.bson.Document;

/** The process of one {@code mongod}, a member of a replica set, in a temporary folder. */
final class Mongod {
  static final String SET = "rs0";
  private static final String HOST = "127.0.0.1";
  private static final Path MEMORY = Path.of("/dev/shm");
  private static final long ENOUGH = 4L << 30;
  private static final int SECONDS_TO_START = 60;
  private static final String PATIENCE =
      "serverSelectionTimeoutMS=" + TimeUnit.SECONDS.toMillis(SECONDS_TO_START);

  private final Path program;
  private final Path folder;
  private final int port;
  private Process process;
  private boolean paused;

  private Mongod(Path program, Path folder, int port) throws IOException {
    this.program = program;
    this.folder = folder;
    this.port = port;
    process = run();
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

  static Mongod start(Path program) {
    try {
      return new Mongod(program, Files.createTempDirectory(parent(), "prom-mongod"), freePort());
    } catch (IOException e) {
      throw new UncheckedIOException(program + " cannot be started", e);
    }
  }

  /* What is in memory outlives a kill as what is on disk does, and is synced at no cost. */
  private static Path parent() {
    return Files.isWritable(MEMORY) && MEMORY.toFile().getUsableSpace() > ENOUGH
        ? MEMORY
        : Path.of(System.getProperty("java.io.tmpdir"));
  }

  private Process run() throws IOException {
    return new ProcessBuilder(
            program.toString(),
            "--dbpath",
            folder.toString(),
            "--bind_ip",
            HOST,
            "--port",
            Integer.toString(port),
            "--replSet",
            SET,
            "--oplogSize",
            "256",
            "--wiredTigerCacheSizeGB",
            "0.5")
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("mongod.log").toFile()))
        .start();
  }

  /**
   * Makes these the members of a set, and waits until one is primary.
   *
   * @param configuration fields of the set's configuration beside its name and members
   */
  static void initiate(List<Mongod> members, Document configuration) {
    List<Document> named = new ArrayList<>();
    for (Mongod member : members) {
      named.add(new Document("_id", named.size()).append("host", member.address()));
    }
    Document set = new Document("_id", SET).append("members", named);
    set.putAll(configuration);
    members.forEach(Mongod::awaitAnswer);
    try (MongoClient alone = members.get(0).connect()) {
      alone.getDatabase("admin").runCommand(new Document("replSetInitiate", set));
    }
    try (MongoClient whole = MongoClients.create(uri(members) + "&" + PATIENCE)) {
      whole.getDatabase("admin").runCommand(new Document("ping", 1));
    }
  }

  /* One that has not begun to listen is no member that a set can be made with. */
  private void awaitAnswer() {
    try (MongoClient alone = connect()) {
      alone.getDatabase("admin").runCommand(new Document("ping", 1));
    }
  }

  static String uri(List<Mongod> members) {
    List<String> addresses = members.stream().map(Mongod::address).toList();
    return "mongodb://" + String.join(",", addresses) + "/?replicaSet=" + SET;
  }

  String address() {
    return HOST + ":" + port;
  }

  /** A client of this member alone, whatever its state; the caller's to close. */
  MongoClient connect() {
    return MongoClients.create("mongodb://" + address() + "/?directConnection=true&" + PATIENCE);
  }

  /** Whether it runs and is not paused. */
  boolean isUp() {
    return process.isAlive() && !paused;
  }

  /** As kill -9; returns when it is gone. */
  void kill() {
    await(process.destroyForcibly());
  }

  /** Has it run again, with what its folder holds. */
  void startAgain() {
    try {
      process = run();
    } catch (IOException e) {
      throw new UncheckedIOException(program + " cannot be started", e);
    }
  }

  /** Stops it where it is, until {@link #resume}. */
  void pause() {
    signal("STOP");
    paused = true;
  }

  void resume() {
    signal("CONT");
    paused = false;
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      await(kill);
    } catch (IOException e) {
      throw new UncheckedIOException("no signal was sent", e);
    }
  }

  /** Ends it and deletes its folder. */
  void end() {
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

  /** {@link #end} for a set of which nothing is needed any more. */
  void endAtOnce() {
    kill();
    deleteFolder();
  }

  private static void await(Process ending) {
    try {
      ending.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
