package io.promlib.mongo.testing;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/** An imitation of MongoDB in this JVM: no sessions, no transactions, no real indexes. */
final class StandInServer implements TestServer {
  private final MongoServer server;
  private final String uri;

  StandInServer() {
    server = new MongoServer(new MemoryBackend());
    server.enableOplog();
    uri = server.bindAndGetConnectionString();
  }

  @Override
  public String uri() {
    return uri;
  }

  @Override
  public String name() {
    return "mongo-java-server in this JVM, as there is no mongod on the PATH";
  }

  @Override
  public boolean isOwn() {
    return true;
  }

  @Override
  public void stop() {
    server.shutdownNow();
  }
}
