package io.promlib.mongo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import io.promlib.time.Timing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link MongoEventStore}. For one thread. */
public final class MongoEventStoreBuilder {
  private final MongoDatabase database;
  private @Nullable MongoClient client;
  private MongoNames names = MongoNames.defaults();
  private Duration dedupeWindow = Duration.ofHours(24);
  private Duration timeout = Duration.ofSeconds(10);
  private @Nullable Timing timing;
  private WakeUp wakeUps = WakeUp.STREAM_AND_POLLING;

  MongoEventStoreBuilder(MongoDatabase database) {
    this.database = database;
  }

  /**
   * The client that the database is of. With it the store uses sessions, and an append that other
   * processes were faster than finds its place in fewer rounds.
   */
  public MongoEventStoreBuilder client(MongoClient value) {
    client = value;
    return this;
  }

  public MongoEventStoreBuilder names(MongoNames value) {
    names = value;
    return this;
  }

  /** How long retention leaves an event alone, so that its id is remembered; 24 h. */
  public MongoEventStoreBuilder dedupeWindow(Duration value) {
    dedupeWindow = value;
    return this;
  }

  /** How long one call to the server may take; 10 s. */
  public MongoEventStoreBuilder timeout(Duration value) {
    timeout = value;
    return this;
  }

  /** The clocks; the machine's unless given. The store does not close them. */
  public MongoEventStoreBuilder timing(Timing value) {
    timing = value;
    return this;
  }

  /** How appends of other processes are noticed; by a change stream and by polling. */
  public MongoEventStoreBuilder wakeUps(WakeUp value) {
    wakeUps = value;
    return this;
  }

  /**
   * Makes the indexes that are missing, and the store.
   *
   * @throws io.promlib.store.StoreUnavailableException if the server does not answer
   * @throws io.promlib.PromException if an index that is there is another one, or a right is
   *     missing
   */
  public MongoEventStore build() {
    if (dedupeWindow.isNegative()) {
      throw new IllegalArgumentException("dedupeWindow must not be negative, is " + dedupeWindow);
    }
    if (Durations.millis(timeout) < 1) {
      throw new IllegalArgumentException("timeout must be at least 1 ms, is " + timeout);
    }
    EventIndexes.create(database, names, timeout);
    return build(new Database(database, client, names, timeout));
  }

  /** With other calls to the server. */
  MongoEventStore build(Database calls) {
    return new MongoEventStore(this, calls, database);
  }

  MongoNames names() {
    return names;
  }

  Duration dedupeWindow() {
    return dedupeWindow;
  }

  Duration timeout() {
    return timeout;
  }

  /* The system's clocks have no thread before something is scheduled, and the store schedules nothing. */
  Timing timing() {
    Timing given = timing;
    return given == null ? Timing.system() : given;
  }

  WakeUp wakeUps() {
    return wakeUps;
  }
}
