package io.promlib.mongo.cluster;

import com.mongodb.ConnectionString;
import com.mongodb.ServerAddress;
import io.promlib.bus.EventBus;
import io.promlib.mongo.testing.TcpProxy;
import io.promlib.mongo.testing.TestMongo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** A database of one test, and how its children come to it. */
record Database(String uri, String name) {
  /** Nobody is to lose a claim because its process stood still. */
  private static final int CLAIM_LEASE_MS = 60_000;

  /** Many processes that start at once may take long to connect. */
  private static final String PATIENCE =
      "serverSelectionTimeoutMS=60000&connectTimeoutMS=60000&waitQueueTimeoutMS=60000";

  static Database fresh() {
    String name = TestMongo.freshDatabase().getName();
    return new Database(TestMongo.uri(name), name);
  }

  /** A proxy before the server. */
  TcpProxy proxy() {
    ServerAddress server = new ServerAddress(new ConnectionString(uri).getHosts().get(0));
    if (!List.of("127.0.0.1", "localhost").contains(server.getHost())) {
      Assumptions.abort("needs a MongoDB on this machine: a proxy stands before it");
    }
    return TcpProxy.to(server.getPort());
  }

  /** The same through a proxy. */
  Database through(TcpProxy proxy) {
    return new Database(
        "mongodb://127.0.0.1:" + proxy.port() + "/" + name + "?directConnection=true", name);
  }

  /** What every child of a test is told; the clocks are right. */
  Map<String, Object> settings(String topic) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("uri", uri + (uri.contains("?") ? "&" : "?") + PATIENCE);
    settings.put("topic", topic);
    settings.put("skew", 0);
    settings.put("claimLease", CLAIM_LEASE_MS);
    return settings;
  }

  /** A bus of the test's own process. */
  EventBus open() {
    String[] line =
        settings("none").entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .toArray(String[]::new);
    return SharedBus.open(new Settings(line));
  }
}
