package io.promlib.mongo;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A server that gives its own answers to some commands: what a healthy one in memory never says.
 */
final class ScriptedServer implements AutoCloseable {
  private final Map<String, Document> answers = new ConcurrentHashMap<>();
  private final Map<String, Document> lost = new ConcurrentHashMap<>();
  private final MongoServer server;
  private final InetSocketAddress address;

  ScriptedServer(List<Integer> version, int wireVersion) {
    Backend backend = new Backend();
    backend.version(
        new MongoVersion() {
          @Override
          public List<Integer> getVersionArray() {
            return version;
          }

          @Override
          public int getWireVersion() {
            return wireVersion;
          }
        });
    server = new MongoServer(backend);
    address = server.bind();
  }

  /** From now on this is the answer to the command. */
  void answer(String command, Document answer) {
    answers.put(command.toLowerCase(Locale.ROOT), answer);
  }

  /** The next such command is done, and then answered by this: its own answer is lost. */
  void answerOnceDone(String command, Document answer) {
    lost.put(command.toLowerCase(Locale.ROOT), answer);
  }

  int port() {
    return address.getPort();
  }

  String uri(String credentials) {
    return uri(credentials, "serverSelectionTimeoutMS=60000&connectTimeoutMS=60000");
  }

  String uri(String credentials, String options) {
    return "mongodb://" + credentials + "127.0.0.1:" + port() + "/shop?" + options;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private final class Backend extends MemoryBackend {
    @Override
    public Document handleCommand(
        Channel channel, String database, String command, Document query) {
      String name = command.toLowerCase(Locale.ROOT);
      Document answer = answers.get(name);
      if (answer != null) {
        return answer;
      }
      Document own = super.handleCommand(channel, database, command, query);
      Document instead = lost.remove(name);
      return instead == null ? own : instead;
    }
  }
}
