package io.promlib.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoConfigurationException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes clients whose calls end in bounded time. */
final class Clients {
  private static final int REACH_SECONDS = 5;
  private static final int ANSWER_SECONDS = 30;

  private Clients() {}

  static ConnectionString parse(String uri) {
    try {
      return new ConnectionString(uri);
    } catch (IllegalArgumentException | MongoConfigurationException e) {
      // without its cause, whose message may repeat the password
      throw new IllegalArgumentException(
          "not the URI of a MongoDB, such as mongodb://host:27017/prom; '%', '/', ':' and '@' in a"
              + " name or password are written as %25, %2F, %3A and %40"
              + detail(uri, String.valueOf(e.getMessage())));
    }
  }

  /** What the driver says, unless it repeats any part of what the URI holds. */
  private static String detail(String uri, String message) {
    boolean mayHoldSecrets = uri.indexOf('@') >= 0 || uri.indexOf('?') >= 0;
    return mayHoldSecrets ? "" : ": " + message;
  }

  static MongoClient connect(ConnectionString uri) {
    return MongoClients.create(
        MongoClientSettings.builder()
            .applicationName("prom-lib")
            .applyConnectionString(uri)
            .retryWrites(uri.getRetryWritesValue() == null || uri.getRetryWritesValue())
            .applyToClusterSettings(
                cluster ->
                    cluster.serverSelectionTimeout(
                        millis(uri.getServerSelectionTimeout(), REACH_SECONDS),
                        TimeUnit.MILLISECONDS))
            .applyToConnectionPoolSettings(
                pool ->
                    pool.maxWaitTime(
                        millis(uri.getMaxWaitTime(), REACH_SECONDS), TimeUnit.MILLISECONDS))
            .applyToSocketSettings(
                socket ->
                    socket
                        .connectTimeout(
                            millis(uri.getConnectTimeout(), REACH_SECONDS), TimeUnit.MILLISECONDS)
                        .readTimeout(
                            millis(uri.getSocketTimeout(), ANSWER_SECONDS), TimeUnit.MILLISECONDS))
            .build());
  }

  private static int millis(@Nullable Integer given, int seconds) {
    return given == null ? seconds * 1000 : given;
  }
}
