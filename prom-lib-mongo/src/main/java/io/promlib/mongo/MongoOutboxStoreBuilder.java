package io.promlib.mongo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.MongoClient;
import io.promlib.event.Json;
import io.promlib.time.Timing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link MongoOutboxStore}. For one thread. */
public final class MongoOutboxStoreBuilder {
  private final MongoClient client;
  private final String database;
  private MongoNames names = MongoNames.defaults();
  private Duration timeout = Duration.ofSeconds(10);
  private ObjectMapper mapper = Json.mapper();
  private WakeUp wakeUps = WakeUp.STREAM_AND_POLLING;
  private @Nullable Timing timing;

  MongoOutboxStoreBuilder(MongoClient client, String database) {
    this.client = client;
    this.database = database;
  }

  /** What the collections are called; the same in every process. */
  public MongoOutboxStoreBuilder names(MongoNames value) {
    names = value;
    return this;
  }

  /** How long one call to the server may take, but for those in a host's transaction; 10 s. */
  public MongoOutboxStoreBuilder timeout(Duration value) {
    timeout = value;
    return this;
  }

  /** What writes payloads; as for the bus that publishes them. */
  public MongoOutboxStoreBuilder mapper(ObjectMapper json) {
    mapper = json;
    return this;
  }

  /**
   * How records that other processes added are noticed; by a change stream. Polling is up to the
   * drainer, so {@link WakeUp#POLLING} and {@link WakeUp#NONE} are the same here.
   */
  public MongoOutboxStoreBuilder wakeUps(WakeUp value) {
    wakeUps = value;
    return this;
  }

  /** The clock of ids and times that are not given; the machine's. The store does not close it. */
  public MongoOutboxStoreBuilder timing(Timing value) {
    timing = value;
    return this;
  }

  /**
   * Makes the collections and indexes that are missing, and the store.
   *
   * @throws io.promlib.store.StoreUnavailableException if the server does not answer
   * @throws io.promlib.PromException if an index that is there is another one, or a right is
   *     missing
   */
  public MongoOutboxStore build() {
    if (Durations.millis(timeout) < 1) {
      throw new IllegalArgumentException("timeout must be at least 1 ms, is " + timeout);
    }
    OutboxIndexes.create(client.getDatabase(database), names, timeout);
    return build(new OutboxDatabase(client, database, names, timeout));
  }

  /** With other calls to the server. */
  MongoOutboxStore build(OutboxDatabase calls) {
    // The machine's clocks have no thread before something is scheduled, and nothing is.
    Timing clock = timing == null ? Timing.system() : timing;
    OutboxWatch watch = new OutboxWatch(client.getDatabase(database), names, wakeUps);
    return new MongoOutboxStore(calls, watch, clock, mapper);
  }
}
