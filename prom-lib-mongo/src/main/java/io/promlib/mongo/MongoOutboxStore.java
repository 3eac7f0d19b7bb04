package io.promlib.mongo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxCounts;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.outbox.OutboxStore;
import io.promlib.store.EventStore.Registration;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An outbox in MongoDB, shared by any number of processes. A host adds records in the transaction
 * that writes its own data, so that both happen or neither:
 *
 * <pre>{@code
 * session.withTransaction(() -> {
 *   orders.insertOne(session, order);
 *   return outbox.add(session, PLACED, event, PublishOptions.none().key(order.customer()));
 * });
 * }</pre>
 *
 * <p>The records of one topic and key go out in the order in which their transactions committed;
 * two transactions that add to one key at the same time conflict, and the driver runs one of them
 * again. Or the caller gives an order, 1, 2, 3, … for each key: then a record waits for the one
 * before it, whenever that comes. A key has the one or the other.
 *
 * <p>A record is found once a majority has it. A transaction that commits with less than {@code
 * WriteConcern.MAJORITY} may be taken back by a fail-over, record and host's data together.
 *
 * <p>Calls without a session end within the builder's {@code timeout}, each step of them, and throw
 * {@link io.promlib.store.StoreUnavailableException} if they cannot; they may then have taken
 * effect.
 *
 * <p>Thread: {@code prom-mongo-outbox}, a daemon that starts with the first listener and ends with
 * {@link #close()}.
 */
public final class MongoOutboxStore implements OutboxStore {
  private static final int LONGEST_OWNER = 200;

  private final OutboxAdding adding;
  private final OutboxClaims claims;
  private final OutboxSettling settling;
  private final OutboxDesk desk;
  private final OutboxWatch watch;
  private final Timing timing;
  private final ObjectMapper mapper;

  MongoOutboxStore(OutboxDatabase database, OutboxWatch watch, Timing timing, ObjectMapper mapper) {
    OutboxParking parking = new OutboxParking(database);
    this.adding = new OutboxAdding(database);
    this.claims = new OutboxClaims(database, parking);
    this.settling = new OutboxSettling(database);
    this.desk = new OutboxDesk(database, parking);
    this.watch = watch;
    this.timing = timing;
    this.mapper = mapper;
  }

  /** A store over the host's client, which stays the host's to close. */
  public static MongoOutboxStoreBuilder builder(MongoClient client, String database) {
    return new MongoOutboxStoreBuilder(client, database);
  }

  /**
   * Adds a record in the host's transaction, which decides whether it ever was. A {@link
   * io.promlib.event.Payload} goes as it is; null is a tombstone.
   *
   * <p>What makes the driver begin a transaction again, a {@link com.mongodb.MongoException} with
   * its label, is thrown as it is: let it out of the function given to {@code withTransaction}. Any
   * other exception means that the transaction can only be aborted.
   *
   * @return the id, the options' or one that was made
   * @throws IllegalStateException if the session has no transaction
   * @throws io.promlib.bus.EventTooLargeException if the record does not fit into a document; the
   *     transaction goes on
   * @throws io.promlib.PromException if the outbox holds a record of that topic and id
   */
  public <T> String add(ClientSession session, Topic<T> topic, T payload, PublishOptions options) {
    return add(session, topic, payload, options, 0);
  }

  /** {@link #add(ClientSession, Topic, Object, PublishOptions)} at a place of its key, from 1. */
  public <T> String add(
      ClientSession session, Topic<T> topic, T payload, PublishOptions options, long order) {
    OutboxDraft draft =
        OutboxDraft.of(topic, payload, options, timing.millis(), mapper).order(order);
    add(session, draft);
    return draft.id();
  }

  /** {@link #add(ClientSession, Topic, Object, PublishOptions)} of a record made already. */
  public void add(ClientSession session, OutboxDraft draft) {
    adding.add(session, draft, timing.millis());
    // It is not committed yet; a drainer of this process is awake when it is.
    watch.tell();
  }

  /**
   * Adds a record by itself, durably. One of that topic and id that is there already stays.
   *
   * @return the id, the options' or one that was made
   * @throws io.promlib.bus.EventTooLargeException if the record does not fit into a document
   */
  public <T> String add(Topic<T> topic, T payload, PublishOptions options) {
    return add(topic, payload, options, 0);
  }

  /** {@link #add(Topic, Object, PublishOptions)} at a place of its key, from 1. */
  public <T> String add(Topic<T> topic, T payload, PublishOptions options, long order) {
    long now = timing.millis();
    OutboxDraft draft = OutboxDraft.of(topic, payload, options, now, mapper).order(order);
    add(draft, now);
    return draft.id();
  }

  @Override
  public boolean add(OutboxDraft draft, long now) {
    boolean added = adding.add(draft, now);
    if (added) {
      watch.tell();
    }
    return added;
  }

  @Override
  public List<OutboxClaim> claim(String owner, int limit, Duration lease, long now) {
    requireLimit(limit);
    requireLease(lease);
    String name = owner.length() > LONGEST_OWNER ? owner.substring(0, LONGEST_OWNER) : owner;
    return limit == 0 ? List.of() : claims.claim(name, limit, lease, now);
  }

  @Override
  public Set<OutboxClaim> renew(List<OutboxClaim> held, Duration lease, long now) {
    requireLease(lease);
    return settling.renew(held, lease, now);
  }

  @Override
  public Set<OutboxClaim> settle(List<OutboxOutcome> outcomes, long now) {
    return settling.settle(outcomes, now);
  }

  @Override
  public int removeSent(long before, int limit) {
    requireLimit(limit);
    return limit == 0 ? 0 : desk.removeSent(before, limit);
  }

  @Override
  public OutboxCounts counts() {
    return desk.counts();
  }

  /** {@inheritDoc} By {@code ts}; sent ones by topic and id. */
  @Override
  public List<OutboxRecord> list(OutboxStatus status, @Nullable OutboxRecord after, int limit) {
    requireLimit(limit);
    return limit == 0 ? List.of() : desk.list(status, after, limit);
  }

  @Override
  public boolean requeue(String topic, String id, long now) {
    return told(desk.requeue(topic, id));
  }

  @Override
  public boolean drop(String topic, String id, long now) {
    return told(desk.drop(topic, id));
  }

  private boolean told(boolean freed) {
    if (freed) {
      watch.tell();
    }
    return freed;
  }

  /** {@inheritDoc} Others' are noticed by a change stream, where the server has them. */
  @Override
  public Registration onAdd(Runnable listener) {
    return watch.add(listener);
  }

  /** Whether a change stream is followed at the moment. */
  public boolean isStreaming() {
    return watch.isStreaming();
  }

  /** Ends the calls of listeners and the thread. The host's client stays open. Idempotent. */
  @Override
  public void close() {
    watch.close();
  }

  private static void requireLimit(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative, is " + limit);
    }
  }

  private static void requireLease(Duration lease) {
    if (Durations.millis(lease) < 1) {
      throw new IllegalArgumentException("lease must be at least 1 ms, is " + lease);
    }
  }
}
