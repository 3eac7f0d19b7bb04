package io.promlib.mongo;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoException;
import com.mongodb.MongoWriteException;
import com.mongodb.client.ClientSession;
import io.promlib.PromException;
import io.promlib.mongo.OutboxDocuments.Encoded;
import io.promlib.outbox.OutboxDraft;
import io.promlib.store.StoreUnavailableException;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Adds records. */
final class OutboxAdding {
  /*
   * In a transaction the key's document is incremented before the record is inserted. Of two transactions on one key the
   * second meets a write conflict and begins again, so its increment comes after the first one's commit: places are in the
   * order of commit, and without gaps, as an abort takes the increment back. What is at a majority holds a place only with
   * all places before it.
   *
   * Without a transaction there are two writes. A crash between them leaves a place that nobody has, which holds up
   * nothing: a record waits for lower ones that are unsent, not for all numbers. A record may be inserted after one with a
   * higher place was, and even after that one was sent; then the two calls overlapped, and neither is the earlier one.
   * One that begins when another has returned gets a higher place, and everybody who sees its record sees the other's.
   */
  private static final Logger LOG = LoggerFactory.getLogger(OutboxAdding.class);
  private static final int TRIES = 3;

  private final OutboxDatabase database;

  OutboxAdding(OutboxDatabase database) {
    this.database = database;
  }

  /** Whether it was added. If not, the one that is there is durable. */
  boolean add(OutboxDraft draft, long now) {
    Encoded encoded = OutboxDocuments.encode(draft, now);
    String counted = countedKey(draft);
    if (isPassed(draft)) {
      if (!database
          .find(OutboxQuery.byId(OutboxDocuments.id(draft.topic(), draft.id())))
          .isEmpty()) {
        return false;
      }
      throw new IllegalArgumentException(
          "order "
              + draft.order()
              + " of key "
              + draft.meta().key()
              + " on "
              + draft.topic()
              + " was sent already, so record "
              + draft.id()
              + " was not added; a record that is sent needs no other, and another one a later order");
    }
    boolean added =
        inserted(draft, encoded, counted == null ? draft.order() : database.nextPlace(counted));
    String key = draft.meta().key();
    if (added && key != null && draft.order() > 0) {
      wakeNext(draft, key);
    }
    return added;
  }

  /* Whether its key was sent beyond its place. */
  private boolean isPassed(OutboxDraft draft) {
    String key = draft.meta().key();
    if (key == null || draft.order() == 0) {
      return false;
    }
    String name = OutboxDocuments.id(draft.topic(), key);
    return draft.order() <= database.sent(null, Set.of(name)).getOrDefault(name, 0L);
  }

  /*
   * A record that is met may be taken back by a fail-over. So it is read with majority in the session that met it; if it
   * is gone then, there is room.
   */
  private boolean inserted(OutboxDraft draft, Encoded encoded, long seq) {
    OutboxQuery same = OutboxQuery.byId(OutboxDocuments.id(draft.topic(), draft.id()));
    try (ClientSession session = database.session()) {
      for (int i = 0; i < TRIES; i++) {
        if (database.insert(session, encoded.at(seq))) {
          return true;
        }
        if (!database.find(session, same, Long.MAX_VALUE).isEmpty()) {
          return false;
        }
      }
    }
    throw new StoreUnavailableException(
        "record " + draft.id() + " of topic " + draft.topic() + " was not added, try again", null);
  }

  /* Nobody marks a gap: whoever is to fill it does not know who waits behind it. */
  private void wakeNext(OutboxDraft draft, String key) {
    try {
      database.write(
          "records behind a gap were not woken", OutboxParking.wakes(draft.topic(), Set.of(key)));
    } catch (PromException e) {
      LOG.debug("the record was added; those behind it are due by themselves, later", e);
    }
  }

  /**
   * Adds it in the host's transaction.
   *
   * @throws MongoException what makes the driver begin the transaction again, as it is
   */
  void add(ClientSession session, OutboxDraft draft, long now) {
    if (!session.hasActiveTransaction()) {
      throw new IllegalStateException(
          "the session has no transaction, so that record "
              + draft.id()
              + " would stand without the host's own writes; begin one, or add without a session");
    }
    Encoded encoded = OutboxDocuments.encode(draft, now);
    String record = "record " + draft.id() + " of topic " + draft.topic();
    try {
      String key = countedKey(draft);
      long seq = key == null ? draft.order() : database.nextPlace(session, key);
      database.insertInTransaction(session, encoded.at(seq));
    } catch (MongoException e) {
      if (e.hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL)
          || e.hasErrorLabel(MongoException.UNKNOWN_TRANSACTION_COMMIT_RESULT_LABEL)) {
        throw e;
      }
      if (e instanceof MongoWriteException write
          && write.getError().getCategory() == ErrorCategory.DUPLICATE_KEY) {
        throw new PromException(
            record
                + " is in the outbox already, and MongoDB has aborted the transaction; begin it"
                + " again without this record, or give it another id",
            e);
      }
      throw MongoErrors.translated(record + " was not added", e);
    }
  }

  /** The key whose records stand in the order of commit, if the draft has one. */
  private static @Nullable String countedKey(OutboxDraft draft) {
    String key = draft.meta().key();
    return key == null || draft.order() > 0 ? null : OutboxDocuments.id(draft.topic(), key);
  }
}
