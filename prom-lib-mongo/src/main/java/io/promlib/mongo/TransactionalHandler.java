package io.promlib.mongo;

import com.mongodb.client.ClientSession;
import io.promlib.bus.Delivery;

/**
 * A subscriber's work on one event whose writes count once; see {@link
 * MongoDedupeStore#inTransaction}.
 *
 * <p>What it writes through the session, in this MongoDB, is committed with the mark that the event
 * is done. Anything else that it does (a call elsewhere, a write without the session) is not part
 * of that, and may be done several times: the handler runs again when its transaction met a
 * conflict or a fail-over, and after a crash.
 *
 * <p>Returning commits and acks; throwing aborts and nacks. An exception of the driver's that it
 * catches has aborted the transaction in most cases: let it out, as it is. It must not begin,
 * commit or abort the transaction itself, nor use the session after it returned.
 */
@FunctionalInterface
public interface TransactionalHandler<T> {

  /**
   * Handles one event, within the transaction.
   *
   * @param session passed to every read and write that belongs to the transaction, whose
   *     collections have no time limits of their own ({@code withTimeout}): the driver refuses
   *     those
   * @param delivery its {@code ack} and {@code ackDurably} are refused, as an ack before the commit
   *     could lose the event; {@code nack}, {@code handBack} and {@code terminate} abort the
   *     transaction when the handler returns
   */
  void handle(ClientSession session, Delivery<T> delivery) throws Exception;
}
