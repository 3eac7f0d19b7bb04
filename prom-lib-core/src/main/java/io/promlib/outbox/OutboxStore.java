package io.promlib.outbox;

import io.promlib.store.EventStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Records that wait to become events. Every method may be called by any thread; all may block, and
 * throw {@link io.promlib.PromException} when the store cannot be reached.
 */
public interface OutboxStore extends OutboxAdmin, AutoCloseable {

  /**
   * Adds a record by itself, durably. A record of that topic and id that is there already stays.
   *
   * @return whether it was added
   */
  boolean add(OutboxDraft draft, long now);

  /**
   * Leases records that are due and may go out: of one topic and key only those before which no
   * other is unsent, but for earlier ones of this answer; with a caller's order only those whose
   * predecessor is sent or dropped, or before them in this answer. A record whose lease ended is
   * due again. Costs a constant number of round trips, whatever {@code limit} is.
   *
   * @param owner names the drainer, for people
   * @return at most {@code limit}, those of one topic and key in their order; perhaps fewer than
   *     there are
   */
  List<OutboxClaim> claim(String owner, int limit, Duration lease, long now);

  /**
   * Lets leases end so long after {@code now}.
   *
   * @return those that were lost to another claim; nothing changed for them
   */
  Set<OutboxClaim> renew(List<OutboxClaim> claims, Duration lease, long now);

  /**
   * Writes down what became of claimed records, all in one write. An expired lease that nobody took
   * since is still good.
   *
   * @return those that were lost to another claim; nothing changed for them
   */
  Set<OutboxClaim> settle(List<OutboxOutcome> outcomes, long now);

  /**
   * Deletes records that were sent before {@code before} (epoch milliseconds), at most {@code
   * limit}; tells how many.
   */
  int removeSent(long before, int limit);

  /**
   * Calls the listener when there may be something to claim: at once, on the adding thread, for an
   * add through this instance; as soon as it is noticed for others, which may be never. The
   * listener returns quickly and throws nothing. Closing the answer ends the calls.
   */
  EventStore.Registration onAdd(Runnable listener);

  @Override
  void close();
}
