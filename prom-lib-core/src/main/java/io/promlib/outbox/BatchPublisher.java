package io.promlib.outbox;

import io.promlib.bus.TopicFullException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes one batch, and says what becomes of each of its records. */
final class BatchPublisher {
  /*
   * Topic by topic, each in the order of its claims. A topic's records go together first; if that throws, one by one, so
   * that a bad one fails alone. What went out with the others before is then published twice, which vanishes by its id.
   *
   * Order of a key: once a record of it failed, was lost or was not tried, the later ones of the batch are handed back.
   * A target that is away ends the batch after one record was tried alone, and only that one counts: who is tried
   * changes as that one backs off, so a record that looks like an outage holds up nothing but its own key.
   */
  private static final Logger LOG = LoggerFactory.getLogger(BatchPublisher.class);

  private final DrainSettings settings;
  private final Hand hand;
  private final BooleanSupplier closing;
  private final List<Fate> fates = new ArrayList<>();
  private final Map<String, Long> heldKeys = new HashMap<>();
  private @Nullable Throwable away;
  private @Nullable Long fullUntil;
  private boolean stopped;

  BatchPublisher(DrainSettings settings, Hand hand, BooleanSupplier closing) {
    this.settings = settings;
    this.hand = hand;
    this.closing = closing;
  }

  /** Publishes, and answers what became of all records but those that were lost before. */
  List<Fate> publish() {
    Map<String, List<OutboxClaim>> topics = new LinkedHashMap<>();
    for (OutboxClaim claim : hand.claims()) {
      topics.computeIfAbsent(claim.record().topic(), topic -> new ArrayList<>()).add(claim);
    }
    topics.values().forEach(this::publishTopic);
    return fates;
  }

  /** Whether others may go out where these did not wait for anything but their own. */
  boolean mayGoOn() {
    return away == null
        && fates.stream()
            .anyMatch(
                fate ->
                    fate.outcome() instanceof OutboxOutcome.Sent
                        || (fate.error() != null && Verdict.of(fate.error()) != Verdict.FULL));
  }

  /** Why the target looks away, if it does. */
  @Nullable Throwable away() {
    return away;
  }

  private void publishTopic(List<OutboxClaim> claims) {
    heldKeys.clear();
    fullUntil = null;
    if (settings.oneByOne() || claims.size() == 1 || !publishTogether(claims)) {
      claims.forEach(this::publishAlone);
    }
  }

  /** Whether that settled them; if not nothing is decided yet. */
  private boolean publishTogether(List<OutboxClaim> claims) {
    if (mustStop() || !claims.stream().allMatch(hand::keeps)) {
      return false;
    }
    List<OutboxRecord> records =
        claims.stream().map(OutboxClaim::record).filter(record -> !record.dropped()).toList();
    try {
      if (!records.isEmpty()) {
        settings.target().publish(records);
      }
      claims.forEach(this::sent);
      return true;
    } catch (TopicFullException e) {
      filled(claims, e);
      return true;
    } catch (InterruptedException e) {
      stopped = true;
      return false;
    } catch (Throwable e) {
      LOG.debug("{} records are published one by one after a failure", claims.size(), e);
      return false;
    }
  }

  private void filled(List<OutboxClaim> claims, TopicFullException e) {
    int placed = e.placed().size();
    for (OutboxClaim claim : claims) {
      if (fullUntil != null) {
        publishAlone(claim);
      } else if (claim.record().dropped()) {
        sent(claim);
      } else if (placed > 0) {
        placed--;
        sent(claim);
      } else {
        failed(claim, e);
      }
    }
  }

  private void publishAlone(OutboxClaim claim) {
    OutboxRecord record = claim.record();
    String key = record.meta().key();
    Long held = key == null ? null : heldKeys.get(key);
    if (held == null) {
      held = fullUntil;
    }
    if (held == null && mustStop()) {
      held = settings.timing().millis();
    }
    if (held != null) {
      handBack(claim, held);
    } else if (!hand.keeps(claim)) {
      notKept(claim);
    } else if (record.dropped()) {
      sent(claim);
    } else {
      try {
        settings.target().publish(List.of(record));
        sent(claim);
      } catch (InterruptedException e) {
        stopped = true;
        handBack(claim, settings.timing().millis());
      } catch (Throwable e) {
        failed(claim, e);
      }
    }
  }

  private void notKept(OutboxClaim claim) {
    long now = settings.timing().millis();
    if (hand.lost(claim)) {
      hold(claim, now);
    } else {
      handBack(claim, now);
    }
  }

  private void sent(OutboxClaim claim) {
    fates.add(new Fate(new OutboxOutcome.Sent(claim), null));
  }

  private void handBack(OutboxClaim claim, long due) {
    hold(claim, due);
    fates.add(new Fate(new OutboxOutcome.HandedBack(claim, due), null));
  }

  private void failed(OutboxClaim claim, Throwable failure) {
    Verdict verdict = Verdict.of(failure);
    int failures = claim.record().attempts() + 1;
    long now = settings.timing().millis();
    long due = settings.due(failures, now);
    boolean rests =
        verdict == Verdict.NEVER || (verdict == Verdict.OWN && failures >= settings.maxAttempts());
    String text = Verdict.text(failure);
    hold(claim, rests ? now : due);
    fates.add(
        new Fate(
            rests
                ? new OutboxOutcome.Failed(claim, text)
                : new OutboxOutcome.Retry(claim, due, text),
            failure));
    if (verdict == Verdict.AWAY) {
      away = failure;
      stopped = true;
    } else if (verdict == Verdict.FULL) {
      fullUntil = settings.due(1, now);
    }
  }

  private void hold(OutboxClaim claim, long until) {
    String key = claim.record().meta().key();
    if (key != null) {
      heldKeys.put(key, until);
    }
  }

  private boolean mustStop() {
    return stopped || closing.getAsBoolean();
  }
}
