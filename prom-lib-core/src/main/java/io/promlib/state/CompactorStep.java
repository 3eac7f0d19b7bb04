package io.promlib.state;

import io.promlib.PromException;
import io.promlib.bus.TopicFullException;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.PayloadException;
import io.promlib.state.CompactorRun.Outcome;
import io.promlib.store.Claim;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Overflow;
import io.promlib.store.SeqSet;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.TopicSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run: a claim, an append, a move of the floor. */
final class CompactorStep {
  /*
   * Invariant, with P the group's floor: for each key the snapshot topic's latest is of the key's last event up to P, or
   * of a later one; a key without a snapshot has no event up to P, or its last one deleted it.
   *
   * A run claims the group under a token of its own, folds what is behind P, and then, in this order: reads the snapshot
   * topic's tail T; reads the latest snapshots of its keys; looks whether its claim still stands; appends at T+1 or not
   * at all; removes the snapshots that these supersede; moves P.
   *
   * A run that was paused anywhere and wakes after others took over publishes nothing older behind something newer. Others
   * append only after they claimed. If that was before the paused one looked at its claim, it saw the claim gone and
   * ended. If after, then also after it read T, so T+1 is taken and its append conflicts; unless nothing was appended,
   * and then the latest snapshots are what it read, and it publishes only what is newer. (What came and went before
   * anybody was told is no news, but it may be in the paused run's hands: so a run that has nothing else to append, and
   * would move P over such a key, takes the place with a tombstone, which it removes again.) The same goes for the append of
   * an even older run that comes late: it was meant for a T from before, and either meets a taken place, or comes first
   * and makes the run's own append conflict. A conflict ends the run: nothing is placed again.
   *
   * A crash after the append: P did not move, the next run folds the same events or more, finds their snapshots, and
   * publishes what is newer only. Snapshots that were superseded and not removed yet lie below those it finds, where it
   * looks for them. A crash before the append leaves nothing but a claim, which runs out.
   *
   * Retention of the topic may take what was not folded; that is counted as skipped, as for every group. A group that was
   * sought back or deleted is folded again from there; the snapshots, newer than what it folds, stay.
   */
  private static final Logger LOG = LoggerFactory.getLogger(CompactorStep.class);
  private static final int TRIES = 5;

  private final CompactorSettings settings;
  private final StateSource source;
  private final GroupKey group;
  private final EventStore events;

  CompactorStep(CompactorSettings settings) {
    this.settings = settings;
    this.source = settings.source();
    this.group = source.group();
    this.events = settings.events();
  }

  /** Epoch milliseconds of the last run in any process; {@link Long#MIN_VALUE} before the first. */
  long lastRun() {
    return settings
        .groups()
        .load(group)
        .map(stored -> stored.state().seen())
        .orElse(Long.MIN_VALUE);
  }

  /** The position up to which everything is in the snapshots. */
  long floor() {
    return settings.groups().load(group).map(stored -> stored.state().floor()).orElse(0L);
  }

  CompactorRun run() {
    String token = UUID.randomUUID().toString();
    for (int tries = 0; tries < TRIES; tries++) {
      Optional<Versioned> stored = settings.groups().load(group);
      stored.ifPresent(known -> source.check(known.state().settings()));
      long now = settings.now();
      if (stored.isPresent()) {
        GroupState state = stored.get().state();
        if (state.next() > events.bounds(source.topic()).tail()) {
          return new CompactorRun(Outcome.IDLE, 0, 0, state.floor(), false);
        }
        if (state.claims().stream().anyMatch(claim -> claim.until() > now)) {
          return new CompactorRun(Outcome.BUSY, 0, 0, state.floor(), false);
        }
      }
      GroupState claimed = claimed(stored.map(Versioned::state).orElse(null), token, now);
      if (settings
          .groups()
          .compareAndSet(group, stored.map(Versioned::version).orElse(null), claimed)
          .isPresent()) {
        return run(claimed, token);
      }
    }
    return new CompactorRun(Outcome.BUSY, 0, 0, floor(), false);
  }

  private GroupState claimed(@Nullable GroupState stored, String token, long now) {
    GroupState state =
        stored == null
            ? GroupState.starting(source.settings(), events.bounds(source.topic()).first(), now)
            : stored;
    Claim claim =
        new Claim(
            settings.owner(), token, now + settings.lease().toMillis(), SeqSet.EMPTY, List.of());
    return with(state, state.next(), List.of(claim), state.skipped(), state.seen());
  }

  private CompactorRun run(GroupState claimed, String token) {
    try {
      Fold fold = Fold.from(claimed.next(), settings);
      int snapshots = fold.last().isEmpty() ? 0 : publish(fold, token);
      boolean moved = snapshots >= 0 && finish(token, fold);
      if (!moved) {
        release(token);
        return new CompactorRun(Outcome.LOST, fold.events(), 0, claimed.floor(), false);
      }
      Outcome outcome = fold.isEmpty() ? Outcome.IDLE : Outcome.DONE;
      return new CompactorRun(outcome, fold.events(), snapshots, fold.covered(), fold.hasMore());
    } catch (RuntimeException e) {
      try {
        release(token);
      } catch (RuntimeException also) {
        e.addSuppressed(also);
      }
      throw e;
    }
  }

  /** How many snapshots were published; below 0 if the claim or the place was lost. */
  private int publish(Fold fold, String token) {
    String topic = source.snapshotTopic();
    keepEverything(topic);
    long tail = events.bounds(topic).tail();
    Map<String, KnownSnapshot> before = known(topic, fold.last().keySet());
    List<Draft> drafts = new ArrayList<>();
    List<Long> superseded = new ArrayList<>();
    List<KnownSnapshot> placedBefore = new ArrayList<>();
    List<Snapshot> untold = new ArrayList<>();
    fold.last()
        .forEach(
            (key, event) -> {
              KnownSnapshot known = before.get(key);
              if (known != null && known.seq() >= event.seq()) {
                placedBefore.add(known);
              } else if (isNews(event, known)) {
                Draft draft = draft(key, event);
                if (draft != null) {
                  drafts.add(draft);
                  if (known != null) {
                    superseded.add(known.place());
                  }
                }
              } else if (untold.isEmpty()) {
                untold.add(Snapshot.of(key, event));
              }
            });
    if (!drafts.isEmpty() && !place(drafts, tail, token)) {
      return -1;
    }
    if (drafts.isEmpty() && !untold.isEmpty()) {
      if (!place(List.of(placeholder(untold.get(0))), tail, token)) {
        return -1;
      }
      superseded.add(tail + 1);
    }
    placedBefore.forEach(known -> addOlder(known, superseded));
    if (!superseded.isEmpty()) {
      events.remove(topic, superseded);
    }
    return drafts.size();
  }

  /* Not their payloads, which together may be more than fits into memory. */
  private Map<String, KnownSnapshot> known(String topic, Set<String> keys) {
    Map<String, KnownSnapshot> found = new HashMap<>();
    events.latest(
        topic,
        keys,
        Long.MAX_VALUE,
        stored -> {
          KnownSnapshot known = KnownSnapshot.of(stored);
          found.put(known.key(), known);
        });
    return found;
  }

  /* That a key is deleted is no news where nobody was told that it was there. */
  private static boolean isNews(EventRecord event, @Nullable KnownSnapshot known) {
    return !event.payload().isNull() || (known != null && !known.isTombstone());
  }

  /* A key keeps the snapshot that it has: what cannot be written can be in none. */
  private @Nullable Draft draft(String key, EventRecord event) {
    try {
      return Snapshot.of(key, event).draft(source.snapshotTopic());
    } catch (PayloadException e) {
      LOG.warn("event {} of {} cannot be written as JSON", event.id(), event.topic(), e);
      settings.listener().onBadEvent(event.seq(), e);
      return null;
    }
  }

  /*
   * Under an id of its own: it is removed at once, and a store that keeps the last place of a topic may keep the id there,
   * which would meet that of the next run if this one ends before the floor moves.
   */
  private Draft placeholder(Snapshot tombstone) {
    Draft draft = tombstone.draft(source.snapshotTopic());
    return new Draft(Ids.next(settings.now()), false, draft.ts(), draft.payload(), draft.meta());
  }

  private boolean place(List<Draft> drafts, long tail, String token) {
    Optional<Versioned> stored = settings.groups().load(group);
    if (stored.isEmpty() || !holds(stored.get().state(), token)) {
      return false;
    }
    String topic = source.snapshotTopic();
    int placed = events.appendAt(topic, tail, drafts, settings.now()).size();
    if (placed < drafts.size() && events.bounds(topic).tail() == tail + placed) {
      throw notPlaced(topic);
    }
    return placed == drafts.size();
  }

  private PromException notPlaced(String topic) {
    TopicSettings kept = events.settings(topic);
    if (kept.maxBytes() < Long.MAX_VALUE || events.extent(topic).count() >= kept.maxEvents()) {
      return new TopicFullException(
          "topic "
              + topic
              + " is full and holds what every key needs: raise its limits, or keep fewer keys",
          List.of());
    }
    return new StoreUnavailableException(
        "a snapshot found no place in topic " + topic + ", which is not full; try again", null);
  }

  /* What a crash left below it. */
  private void addOlder(KnownSnapshot known, List<Long> superseded) {
    Long older = below(known.key(), known.place());
    while (older != null) {
      superseded.add(older);
      older = below(known.key(), older);
    }
  }

  private @Nullable Long below(String key, long place) {
    return events.latestSeqs(source.snapshotTopic(), List.of(key), place - 1).get(key);
  }

  /* A snapshot that went for its age or for room would be a key that is gone. */
  private void keepEverything(String topic) {
    TopicSettings kept = events.settings(topic);
    if (!kept.isUnlimited() && (kept.overflow() == Overflow.DROP_OLDEST || kept.maxAge() != null)) {
      events.configure(topic, kept.overflow(Overflow.REJECT).maxAge(null));
    }
  }

  private boolean finish(String token, Fold fold) {
    return change(
        token,
        state ->
            with(
                state,
                fold.covered() + 1,
                without(state, token),
                state.skipped() + fold.lost(),
                settings.now()));
  }

  /** Lets others go on at once. */
  private void release(String token) {
    boolean unused =
        change(
            token,
            state ->
                with(state, state.next(), without(state, token), state.skipped(), state.seen()));
  }

  private interface Change {
    GroupState of(GroupState state);
  }

  /** Changes the group while the claim stands; false if it does not. */
  private boolean change(String token, Change change) {
    while (true) {
      Optional<Versioned> stored = settings.groups().load(group);
      if (stored.isEmpty() || !holds(stored.get().state(), token)) {
        return false;
      }
      GroupState next = change.of(stored.get().state());
      if (settings.groups().compareAndSet(group, stored.get().version(), next).isPresent()) {
        return true;
      }
    }
  }

  private static boolean holds(GroupState state, String token) {
    return state.claims().stream().anyMatch(claim -> claim.token().equals(token));
  }

  private static List<Claim> without(GroupState state, String token) {
    return state.claims().stream().filter(claim -> !claim.token().equals(token)).toList();
  }

  private static GroupState with(
      GroupState state, long next, List<Claim> claims, long skipped, long seen) {
    return new GroupState(
        state.settings(),
        next,
        claims,
        state.waiting(),
        state.seeks(),
        skipped,
        seen,
        state.slots());
  }
}
