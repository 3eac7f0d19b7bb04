package io.promlib.mongo.testing;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;

/**
 * An imitation of MongoDB in this JVM: no sessions, no transactions, no real indexes.
 *
 * <p>Its change streams answer at once, with nothing, so that whoever follows one asks without
 * pause, and each question is a walk through all that was ever written. So they are on request.
 */
final class StandInServer implements TestServer {
  private final MemoryBackend backend = new MemoryBackend();
  private final MongoServer server;
  private final String uri;

  StandInServer() {
    server = new MongoServer(backend);
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
  public void changeStreams(boolean on) {
    if (on) {
      backend.enableOplog();
    } else {
      backend.disableOplog();
    }
  }

  @Override
  public void stop() {
    server.shutdownNow();
  }
}
