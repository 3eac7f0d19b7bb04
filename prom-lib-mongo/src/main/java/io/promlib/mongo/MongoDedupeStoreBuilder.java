package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoDatabase;
import io.promlib.event.Names;
import io.promlib.time.Timing;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link MongoDedupeStore}. For one thread. */
public final class MongoDedupeStoreBuilder {
  private static final Duration LEAST = Duration.ofMinutes(1);
  private static final Duration MOST = Duration.ofDays(3650);

  private final MongoDatabase database;
  private final String topic;
  private final String group;
  private MongoNames names = MongoNames.defaults();
  private Duration retention = Duration.ofDays(7);
  private Duration timeout = Duration.ofSeconds(10);
  private @Nullable Timing timing;

  MongoDedupeStoreBuilder(MongoDatabase database, String topic, String group) {
    this.database = database;
    this.topic = Names.topic(topic);
    this.group = Names.group(group);
  }

  public MongoDedupeStoreBuilder names(MongoNames value) {
    names = value;
    return this;
  }

  /**
   * How long an event that is done is remembered; from 1 min to 3650 days, default 7 days. It has
   * to be longer than an event may come again after it was handled: the longest time that the
   * group's processes, or the database, may be away with acks unwritten, and the group's longest
   * back-off on top. An event that comes later is handled again.
   */
  public MongoDedupeStoreBuilder retention(Duration value) {
    retention = value;
    return this;
  }

  /** How long one call to the server may take, outside transactions; 10 s. */
  public MongoDedupeStoreBuilder timeout(Duration value) {
    timeout = value;
    return this;
  }

  /**
   * The clock by which transactions tell how long their marks are remembered; the machine's unless
   * given. The store does not close it.
   */
  public MongoDedupeStoreBuilder timing(Timing value) {
    timing = value;
    return this;
  }

  /**
   * Makes the collection and its index if they are missing, in any number of processes at once, and
   * the store.
   *
   * @throws io.promlib.store.StoreUnavailableException if the server does not answer
   * @throws io.promlib.PromException if an index that is there is another one, or a right is
   *     missing
   */
  public MongoDedupeStore build() {
    if (retention.compareTo(LEAST) < 0 || retention.compareTo(MOST) > 0) {
      throw new IllegalArgumentException(
          "retention must be from 1 min to 3650 days, is " + retention);
    }
    if (Durations.millis(timeout) < 1) {
      throw new IllegalArgumentException("timeout must be at least 1 ms, is " + timeout);
    }
    DedupeMarks marks = DedupeMarks.of(database, names, topic, group, retention, timeout);
    try {
      marks.createIndex();
    } catch (MongoException e) {
      throw MongoErrors.translated("the index of " + names.dedupe() + " was not made", e);
    }
    return new MongoDedupeStore(marks, database, timing == null ? Timing.system() : timing);
  }
}
