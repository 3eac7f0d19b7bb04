package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.Claim;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where this process has the events that it claimed: each in exactly one of unread, lanes, leased,
 * fatal and doneLetters; or in none, if its slot is leaving and it is not leased: then it rests in
 * the claim until the slot is given away.
 */
final class Places {

  /** An event on its way to the dead letters. */
  record Fatal(EventRecord record, Unfinished entry) {}

  final Lanes lanes;
  final Leased leased = new Leased();
  final List<Fatal> fatal = new ArrayList<>();
  final ArrayDeque<Fatal> doneLetters = new ArrayDeque<>();
  final ArrayDeque<Unfinished> unreadRetried = new ArrayDeque<>();
  SeqSet unreadFresh = SeqSet.EMPTY;

  /** Slots of which nothing more starts, as a set of bits. */
  int leaving;

  /** Records of unread events, read before they were claimed. */
  private final Map<Long, EventRecord> inHand = new HashMap<>();

  Places(Ordering ordering) {
    this.lanes = new Lanes(ordering);
  }

  boolean isLeaving(EventRecord record) {
    return leaving != 0 && Claims.has(leaving, Ahead.slot(record));
  }

  boolean isDoneLetter(EventKey event) {
    return doneLetters.stream().anyMatch(done -> EventKey.of(done.entry()).equals(event));
  }

  /** Slots of which something is leased, or is done and its letter not gone yet. */
  int busySlots() {
    int busy = 0;
    for (int i = 0; i < leased.count(); i++) {
      busy |= 1 << Ahead.slot(leased.get(i).record());
    }
    for (Fatal done : doneLetters) {
      busy |= 1 << Ahead.slot(done.record());
    }
    return busy;
  }

  /**
   * Takes the events of leaving slots out of their places: they rest now. The unread are found anew
   * by {@link #findUnread}.
   */
  void park() {
    lanes.drop(this::isLeaving, event -> leased.holds(event) || isDoneLetter(event));
    fatal.removeIf(event -> isLeaving(event.record()));
  }

  /** Takes everything out but what is at work. */
  void dropUnstarted() {
    lanes.clear();
    fatal.clear();
    unreadRetried.clear();
    unreadFresh = SeqSet.EMPTY;
    inHand.clear();
  }

  private Set<EventKey> placed() {
    Set<EventKey> placed = new HashSet<>();
    for (int i = 0; i < leased.count(); i++) {
      placed.add(leased.get(i).key());
    }
    lanes.forEach(lease -> placed.add(lease.key()));
    fatal.forEach(event -> placed.add(EventKey.of(event.entry())));
    doneLetters.forEach(event -> placed.add(EventKey.of(event.entry())));
    return placed;
  }

  /** Whatever is in these claims and in no place is unread. */
  void findUnread(List<Claim> claims) {
    Set<EventKey> placed = placed();
    SeqSet positions =
        SeqSet.of(
            placed.stream()
                .filter(event -> event.letter() == 0)
                .mapToLong(EventKey::seq)
                .toArray());
    List<Unfinished> retried = new ArrayList<>();
    unreadFresh = SeqSet.EMPTY;
    for (Claim claim : claims) {
      unreadFresh = unreadFresh.plus(claim.fresh().minus(positions));
      claim.retried().stream()
          .filter(entry -> !placed.contains(EventKey.of(entry)))
          .forEach(retried::add);
    }
    retried.sort(GroupSteps.BY_POSITION);
    unreadRetried.clear();
    unreadRetried.addAll(retried);
  }

  /** Records of events that were claimed and are to be read. */
  void hold(List<EventRecord> records) {
    records.forEach(record -> inHand.put(record.seq(), record));
  }

  /** The unread events whose records are in hand, in their order; not kept any longer. */
  List<EventRecord> takeInHand() {
    if (inHand.isEmpty()) {
      return List.of();
    }
    List<EventRecord> taken = new ArrayList<>();
    unreadFresh.forEach(
        seq -> {
          EventRecord record = inHand.get(seq);
          if (record != null) {
            taken.add(record);
          }
        });
    inHand.clear();
    return taken;
  }
}
