package io.promlib.mongo.testing;

import java.nio.file.Path;
import java.util.List;
import org.bson.Document;

/**
 * A {@code mongod} of this JVM's own: a replica set of one node, which nobody kills and which need
 * not wait for its journal therefore.
 */
final class MongodServer implements TestServer {
  private final Mongod mongod;

  private MongodServer(Mongod mongod) {
    this.mongod = mongod;
  }

  /** Starts it and waits until it is primary. */
  static MongodServer start(Path program) {
    Mongod mongod = Mongod.start(program);
    try {
      Mongod.initiate(List.of(mongod), new Document("writeConcernMajorityJournalDefault", false));
    } catch (RuntimeException e) {
      mongod.end();
      throw e;
    }
    return new MongodServer(mongod);
  }

  @Override
  public String uri() {
    return Mongod.uri(List.of(mongod));
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
    mongod.end();
  }
}
