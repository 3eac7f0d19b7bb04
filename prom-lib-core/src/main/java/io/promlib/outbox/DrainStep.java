package io.promlib.outbox;

import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One batch: claimed, published, settled. Not for several threads at once. */
final class DrainStep {
  /*
   * A crash before the claim's answer, or anywhere behind it, leaves records that are due again when their lease ends;
   * those that were published by then are published again under the same id. Of a settlement whose answer did not come it
   * is unknown whether it was written: it is written again first, with the same tokens, for as long as the lease lasts.
   */
  private static final Logger LOG = LoggerFactory.getLogger(DrainStep.class);
  private static final int REMOVED_AT_ONCE = 1000;

  private final DrainSettings settings;
  private final LeaseKeeper keeper;
  private final BooleanSupplier closing;
  private final Seldom seldom;
  private List<Fate> unsettled = List.of();
  private long unsettledUntil;

  /**
   * What one batch came to.
   *
   * @param records how many were dealt with
   * @param more whether there may be more to do at once
   * @param away why the target looks away, if it does
   */
  record Result(int records, boolean more, @Nullable Throwable away) {
    static final Result NONE = new Result(0, false, null);
  }

  DrainStep(DrainSettings settings, LeaseKeeper keeper, BooleanSupplier closing) {
    this.settings = settings;
    this.keeper = keeper;
    this.closing = closing;
    this.seldom = new Seldom(settings.timing());
  }

  Result drain() {
    settleAgain();
    long asked = settings.timing().nanos();
    List<OutboxClaim> claims =
        settings
            .store()
            .claim(
                settings.owner(),
                settings.batchSize(),
                settings.lease(),
                settings.timing().millis());
    if (claims.isEmpty()) {
      return Result.NONE;
    }
    Hand hand = new Hand(settings, claims, asked);
    keeper.watch(hand);
    try {
      BatchPublisher publisher = new BatchPublisher(settings, hand, closing);
      List<Fate> fates = publisher.publish();
      settle(hand, fates);
      return new Result(claims.size(), publisher.mayGoOn(), publisher.away());
    } finally {
      keeper.letGo();
    }
  }

  /** Removes some of the records whose retention is over; whether there may be more. */
  boolean clean() {
    long before = settings.timing().millis() - settings.retention().toMillis();
    return settings.store().removeSent(before, REMOVED_AT_ONCE) >= REMOVED_AT_ONCE;
  }

  private void settle(Hand hand, List<Fate> fates) {
    if (closing.getAsBoolean() && Thread.interrupted()) {
      LOG.debug("interrupted while closing; what was published is marked all the same");
    }
    Set<OutboxClaim> lost;
    try {
      lost = hand.settle(outcomes(fates));
    } catch (RuntimeException e) {
      unsettled = fates;
      unsettledUntil = hand.ends();
      throw e;
    }
    for (Fate fate : fates) {
      OutboxClaim claim = fate.outcome().claim();
      if (!lost.contains(claim)) {
        tell(fate);
      } else if (!hand.lost(claim)) {
        settings.listener().onLost(claim.record());
      }
    }
  }

  /** Writes what could not be written before; those refused now may be those written then. */
  void settleAgain() {
    if (unsettled.isEmpty()) {
      return;
    }
    List<Fate> fates = unsettled;
    if (settings.timing().nanos() - unsettledUntil >= 0) {
      unsettled = List.of();
      return;
    }
    settings.store().settle(outcomes(fates), settings.timing().millis());
    unsettled = List.of();
    fates.forEach(this::tell);
  }

  private void tell(Fate fate) {
    fate.tell(settings.listener());
    OutboxRecord record = fate.outcome().claim().record();
    if (fate.outcome() instanceof OutboxOutcome.Failed && seldom.now()) {
      LOG.warn(
          "record {} of {} rests as ERROR after {} attempts and holds back its key, if it has one;"
              + " requeue or drop it (others in this minute are not logged)",
          record.id(),
          record.topic(),
          record.attempts() + 1,
          fate.error());
    }
  }

  private static List<OutboxOutcome> outcomes(List<Fate> fates) {
    return fates.stream().map(Fate::outcome).collect(Collectors.toList());
  }
}
