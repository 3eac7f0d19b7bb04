package io.promlib.mongo.testing;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.bson.Document;
import org.junit.jupiter.api.Assumptions;

/**
 * A replica set of three {@code mongod} on this machine, whose members a test kills, pauses and
 * starts again. It elects another primary within a few seconds.
 */
public final class ReplicaSet implements AutoCloseable {
  private static final int MEMBERS = 3;
  private static final int ELECTION_MILLIS = 5_000;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final List<Mongod> members;
  private final List<MongoClient> clients = new ArrayList<>();
  private final Thread hook = new Thread(this::endAll, "replica-set-end");

  private ReplicaSet(List<Mongod> members) {
    this.members = members;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Starts one and waits for its primary; skips the test where there is no {@code mongod}. */
  public static ReplicaSet start() {
    Optional<Path> program = Mongod.program();
    if (program.isEmpty()) {
      Assumptions.abort("needs a mongod on the PATH: a replica set of three is started");
    }
    ReplicaSet set =
        new ReplicaSet(
            program.stream()
                .flatMap(path -> Stream.generate(() -> path).limit(MEMBERS))
                .map(Mongod::start)
                .toList());
    try {
      Mongod.initiate(
          set.members,
          new Document(
              "settings",
              new Document("electionTimeoutMillis", ELECTION_MILLIS)
                  .append("heartbeatIntervalMillis", ELECTION_MILLIS / 6)));
      set.members.forEach(member -> set.clients.add(member.connect()));
      set.awaitSecondaries(MEMBERS - 1);
      return set;
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }

  /** All members, naming a database. */
  public String uri(String database) {
    return Mongod.uri(members).replace("/?", "/" + database + "?");
  }

  /** The member that is primary now; waits for one. */
  public int primary() {
    return Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> membersIn("isWritablePrimary"), primaries -> primaries.size() == 1)
        .get(0);
  }

  /** Waits until so many members follow a primary. */
  public void awaitSecondaries(int count) {
    Awaitility.await().atMost(PATIENCE).until(() -> membersIn("secondary").size() == count);
  }

  private List<Integer> membersIn(String state) {
    List<Integer> found = new ArrayList<>();
    for (int member = 0; member < clients.size(); member++) {
      if (members.get(member).isUp() && is(member, state)) {
        found.add(member);
      }
    }
    return found;
  }

  private boolean is(int member, String state) {
    try {
      Document hello = client(member).getDatabase("admin").runCommand(new Document("hello", 1));
      return hello.getBoolean(state, false);
    } catch (MongoException e) {
      return false;
    }
  }

  /** A client of one member alone, which reads and writes there whatever the others have. */
  public MongoClient client(int member) {
    return clients.get(member);
  }

  /** As kill -9. */
  public void kill(int member) {
    members.get(member).kill();
  }

  public void startAgain(int member) {
    members.get(member).startAgain();
  }

  /** Stops all but one where they are: that one can write, and nothing of it becomes durable. */
  public void pauseAllBut(int member) {
    others(member).forEach(Mongod::pause);
  }

  public void resumeAllBut(int member) {
    others(member).forEach(Mongod::resume);
  }

  private List<Mongod> others(int member) {
    List<Mongod> others = new ArrayList<>(members);
    others.remove(member);
    return others;
  }

  @Override
  public void close() {
    clients.forEach(MongoClient::close);
    endAll();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // The hook runs already.
    }
  }

  private void endAll() {
    members.forEach(Mongod::endAtOnce);
  }
}
