package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.TransactionOptions;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import io.promlib.bus.Delivery;
import io.promlib.bus.Handler;
import io.promlib.dedupe.DedupeStore.Begin;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a handler in one transaction with the mark of its event. */
final class InTransaction<T> implements Handler<T> {
  /*
   * The mark is written first, the handler's writes after it, and one commit makes both durable at a majority, or
   * neither. Only then is the event acked. A crash before the commit leaves nothing, and the event is delivered again. A
   * crash after it, or a commit of which nobody knows, leaves a delivery that finds the mark if there is one.
   *
   * Of two transactions on one event the second runs into the mark of the first, before its handler begins: into a
   * conflict, while the first is under way or when it committed since the second began to look; into the duplicate `_id`,
   * when it did before. What that mark says is read afterwards, in the same session, by majority: a causal read that
   * waits until it shows what the error was about. So an event is never acked for a mark that a fail-over takes back with
   * the writes beside it. A conflict is not left to the driver, which would try again all the while.
   */
  private static final Logger LOG = LoggerFactory.getLogger(InTransaction.class);
  private static final int WRITE_CONFLICT = 112;
  private static final Duration SOON = Duration.ofSeconds(1);
  private static final Duration LONGEST_WAIT = Duration.ofHours(1);
  private static final TransactionOptions OPTIONS =
      TransactionOptions.builder()
          .readPreference(ReadPreference.primary())
          .readConcern(ReadConcern.SNAPSHOT)
          .writeConcern(WriteConcern.MAJORITY)
          .maxCommitTime(10L, TimeUnit.SECONDS)
          .build();

  /** How a transaction ended. */
  private enum End {
    COMMITTED,
    /** The event has a mark already. */
    MARKED,
    /** The handler settled the delivery. */
    SETTLED
  }

  /** Carries what a handler threw through the driver. */
  private static final class Thrown extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final Exception failure;

    Thrown(Exception failure) {
      super(failure);
      this.failure = failure;
    }
  }

  private final MongoClient client;
  private final DedupeMarks marks;
  private final Timing timing;
  private final TransactionalHandler<T> handler;

  InTransaction(
      MongoClient client, DedupeMarks marks, Timing timing, TransactionalHandler<T> handler) {
    this.client = client;
    this.marks = marks;
    this.timing = timing;
    this.handler = handler;
  }

  @Override
  public void handle(Delivery<T> delivery) throws Exception {
    TransactedDelivery<T> given = new TransactedDelivery<>(delivery);
    try (ClientSession session = client.startSession()) {
      switch (session.withTransaction(() -> run(session, given), OPTIONS)) {
        case COMMITTED -> delivery.ack();
        case MARKED -> leave(session, delivery);
        case SETTLED -> LOG.debug("{}: settled by its handler, nothing is committed", delivery);
      }
    } catch (Thrown thrown) {
      throw thrown.failure;
    }
  }

  private End run(ClientSession session, TransactedDelivery<T> delivery) {
    if (delivery.leaseLost()) {
      throw new IllegalStateException(
          delivery + ": the lease ended before its transaction could be committed");
    }
    if (!mark(session, delivery.record().id())) {
      return abort(session, End.MARKED);
    }
    try {
      handler.handle(session, delivery);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new Thrown(e);
    }
    if (!session.hasActiveTransaction()) {
      throw new IllegalStateException(
          delivery + ": the handler ended its transaction, which is committed when it returns");
    }
    return delivery.isSettled() ? abort(session, End.SETTLED) : End.COMMITTED;
  }

  private boolean mark(ClientSession session, String id) {
    try {
      return marks.done(session, id, UUID.randomUUID().toString(), timing.millis());
    } catch (MongoException e) {
      if (MongoErrors.code(e) == WRITE_CONFLICT) {
        return false;
      }
      throw e;
    }
  }

  /** Somebody else has the event, or had it. */
  private void leave(ClientSession session, Delivery<T> delivery) {
    Begin mark = marks.read(session, delivery.record().id(), timing.millis());
    if (mark instanceof Begin.Done) {
      delivery.ack();
    } else {
      Duration left = mark instanceof Begin.Busy busy ? busy.left() : SOON;
      delivery.handBack(left.compareTo(LONGEST_WAIT) < 0 ? left : LONGEST_WAIT);
    }
  }

  private static End abort(ClientSession session, End end) {
    session.abortTransaction();
    return end;
  }
}
