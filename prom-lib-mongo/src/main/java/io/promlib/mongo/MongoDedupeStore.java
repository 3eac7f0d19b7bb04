package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import io.promlib.bus.Handler;
import io.promlib.dedupe.DedupeStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Which events of a topic a group has handled, in MongoDB, for all processes of the group: shared
 * and durable at a majority. Over it a handler runs once for each event in two ways.
 *
 * <p>{@link io.promlib.dedupe.Once} keeps two from running at once and what is done from running
 * again; what a handler did before a crash is done again. {@link #inTransaction} takes that away
 * for what the handler writes to this MongoDB.
 *
 * <p>Every call throws {@link io.promlib.store.StoreUnavailableException} when the server does not
 * answer within the builder's {@code timeout}, which may have taken effect.
 */
public final class MongoDedupeStore implements DedupeStore {
  /** For another's mark that is not at a majority yet. */
  private static final Duration SOON = Duration.ofSeconds(1);

  private static final int ROUNDS = 3;

  private final DedupeMarks marks;
  private final MongoDatabase database;
  private final Timing timing;

  MongoDedupeStore(DedupeMarks marks, MongoDatabase database, Timing timing) {
    this.marks = marks;
    this.database = database;
    this.timing = timing;
  }

  /** A store on this database, which stays the caller's, for one group of one topic. */
  public static MongoDedupeStoreBuilder builder(
      MongoDatabase database, String topic, String group) {
    return new MongoDedupeStoreBuilder(database, topic, group);
  }

  /**
   * A handler that runs another in a transaction, together with the mark that the event is done:
   * what that one writes through the session is there once for each event, through crashes, lost
   * acks and deliveries at the same time, or not at all. See {@link TransactionalHandler} for what
   * it is held to. Committed, the event is acked, whether or not the subscription is {@code
   * manualAck}.
   *
   * <p>Of two deliveries at once one commits; the other is handed back, uncounted, or acked when
   * the event is done. What passes, such as a conflict with another's write, is tried again by the
   * driver for as long as the delivery's lease lasts, and a commit whose outcome is unknown for 2
   * min; what is left then nacks, and the next delivery finds whether the mark is there. Calls take
   * as long as the client's own time limits let them.
   *
   * @param client the one that this store's database is of; stays the caller's, and open
   * @throws MongoSetupException if the server has no transactions: it is no replica set
   * @throws io.promlib.store.StoreUnavailableException if it does not answer
   */
  public <T> Handler<T> inTransaction(MongoClient client, TransactionalHandler<T> handler) {
    new Server(client, database).requireTransactions();
    return new InTransaction<>(client, marks.through(client), timing, handler);
  }

  @Override
  public Begin begin(String id, Duration lease, long now) {
    DedupeStore.checked(lease);
    String token = UUID.randomUUID().toString();
    return asked(
        "it was not marked that event " + id + " is being handled",
        () -> {
          for (int round = 0; round < ROUNDS; round++) {
            if (marks.begin(id, token, lease, now)) {
              return new Begin.Started(token);
            }
            Begin other = marks.read(null, id, now);
            if (other != null) {
              return other;
            }
          }
          return new Begin.Busy(SOON);
        });
  }

  @Override
  public boolean complete(String id, String token, long now) {
    return asked(
        "it may not have been marked that event " + id + " is done",
        () -> marks.complete(id, token, now));
  }

  @Override
  public boolean abandon(String id, String token) {
    return asked(
        "the mark of event " + id + " may not have been removed", () -> marks.abandon(id, token));
  }

  /** Closes nothing: the database is the caller's. */
  @Override
  public void close() {}

  private static <T> T asked(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (MongoException e) {
      throw MongoErrors.translated(what, e);
    }
  }
}
