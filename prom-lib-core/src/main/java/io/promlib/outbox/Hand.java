package io.promlib.outbox;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A batch in a drainer's hand, from its claim until it is settled. Its lease is renewed when a
 * third of it has passed, by whoever comes: the drainer before it publishes, or the keeper beside
 * it.
 */
final class Hand {
  /*
   * Under its own lock, which is held while the store is called: so nothing is renewed that is being settled, and a
   * drainer that is about to publish waits for the answer to a renewal that is under way.
   */
  private static final int PARTS = 3;

  private final DrainSettings settings;
  private final List<OutboxClaim> claims;
  private final Set<OutboxClaim> lost = new HashSet<>();
  private final long part;
  private long ends;
  private long renewAt;
  private boolean closed;

  /**
   * A batch that was just claimed.
   *
   * @param asked the monotonic time before it was
   */
  Hand(DrainSettings settings, List<OutboxClaim> claims, long asked) {
    this.settings = settings;
    this.claims = claims;
    this.part = Math.max(1, settings.lease().toNanos() / PARTS);
    extendFrom(asked);
  }

  List<OutboxClaim> claims() {
    return claims;
  }

  /** Nanoseconds until the next renewal; below 0 if it is settled. */
  synchronized long untilRenewal() {
    return closed ? -1 : Math.max(0, renewAt - settings.timing().nanos());
  }

  /** Whether the record may be published now: its claim is not known to be lost, nor over. */
  synchronized boolean keeps(OutboxClaim claim) {
    renewIfDue();
    return !lost.contains(claim) && !isOver();
  }

  /** Whether its leases ended, and could not be renewed. */
  synchronized boolean isOver() {
    return settings.timing().nanos() - ends >= 0;
  }

  /** Renews what is not lost, if it is time to. */
  synchronized void renewIfDue() {
    long asked = settings.timing().nanos();
    if (closed || asked - renewAt < 0) {
      return;
    }
    List<OutboxClaim> mine = new ArrayList<>(claims);
    mine.removeAll(lost);
    if (mine.isEmpty()) {
      renewAt = asked + part;
      return;
    }
    try {
      Set<OutboxClaim> gone =
          settings.store().renew(mine, settings.lease(), settings.timing().millis());
      extendFrom(asked);
      lost.addAll(gone);
      gone.forEach(claim -> settings.listener().onLost(claim.record()));
    } catch (RuntimeException e) {
      // The lease that it has may last until the store answers again.
      renewAt = asked + part / PARTS + 1;
      settings.listener().onError(e);
    }
  }

  /** Writes down what became of it, and answers what was lost; from now on nothing is renewed. */
  synchronized Set<OutboxClaim> settle(List<OutboxOutcome> outcomes) {
    closed = true;
    return settings.store().settle(outcomes, settings.timing().millis());
  }

  /** Whether it was told already that the claim is lost. */
  synchronized boolean lost(OutboxClaim claim) {
    return lost.contains(claim);
  }

  /** When its leases end, on the monotonic clock. */
  synchronized long ends() {
    return ends;
  }

  private void extendFrom(long asked) {
    ends = asked + settings.lease().toNanos();
    renewAt = asked + part;
  }
}
