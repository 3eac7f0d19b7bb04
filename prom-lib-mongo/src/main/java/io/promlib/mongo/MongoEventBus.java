package io.promlib.mongo;

import com.mongodb.client.MongoClient;

/**
 * A bus whose topics and groups are in MongoDB, shared by all processes that open one on the same
 * database.
 *
 * <pre>{@code
 * try (EventBus bus = MongoEventBus.builder("mongodb://127.0.0.1:27017/prom").open()) {
 *   bus.subscribe(ORDERS, "billing", delivery -> charge(delivery.payload()));
 * }
 * }</pre>
 */
public final class MongoEventBus {
  private MongoEventBus() {}

  /**
   * A bus with a client of its own, which ends with it. The database is the one that the URI names,
   * else {@code prom}. What the URI does not set: a server is looked for, and a connection waited
   * for, 5 s; connecting takes 5 s, an answer 30 s at most; writes are retried once by the driver.
   *
   * @throws IllegalArgumentException if this is no URI of a MongoDB; the message leaves out what
   *     may be a password
   */
  public static MongoEventBusBuilder builder(String uri) {
    return new MongoEventBusBuilder(Clients.parse(uri));
  }

  /**
   * A bus over the host's client, which stays the host's to close, after the bus. Its time limits
   * are the bus's.
   */
  public static MongoEventBusBuilder builder(MongoClient client, String database) {
    return new MongoEventBusBuilder(client, database);
  }
}
