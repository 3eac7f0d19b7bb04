package io.promlib.bus.internal;

import io.promlib.bus.DeadLetter;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.Names;
import io.promlib.store.Claim;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.store.Ordering;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a group promises, checked at each start and each write against what really happened. */
final class Ledger {
  private record Started(SimProcess process, Lease lease) {}

  private final GroupKey group;
  private final Ordering ordering;
  private final Predicate<EventRecord> filter;
  private final EventStore events;
  private final GroupStore groups;
  private final Set<String> lettersEver;
  private final Map<EventKey, List<Started>> starts = new HashMap<>();
  private final Map<EventKey, Set<SimProcess>> handled = new HashMap<>();
  private final Map<EventKey, Integer> failures = new HashMap<>();
  private final Set<EventKey> durable = new HashSet<>();
  private @Nullable AssertionError broken;

  Ledger(
      GroupKey group,
      Ordering ordering,
      Predicate<EventRecord> filter,
      EventStore events,
      GroupStore groups,
      Set<String> lettersEver) {
    this.group = group;
    this.ordering = ordering;
    this.filter = filter;
    this.events = events;
    this.groups = groups;
    this.lettersEver = lettersEver;
  }

  /** Throws what was found first, if anything was. */
  void stillHolds() {
    if (broken != null) {
      throw broken;
    }
  }

  /** A handler was called. */
  void started(SimProcess process, Lease lease) {
    if (process.isOver()) {
      return;
    }
    EventKey event = lease.key();
    check(filter.test(lease.record()), "an event was started that the filter refuses:", event);
    check(!durable.contains(event), "an event was started after a durable ack:", event);
    int known = failures.getOrDefault(event, 0);
    check(
        lease.attempt() > known,
        "attempts do not grow: event, attempt, failures before:",
        event,
        lease.attempt(),
        known);
    List<Started> before = starts.computeIfAbsent(event, e -> new ArrayList<>());
    for (Started other : before) {
      check(
          other.process().isOver() || other.lease().leaseLost(),
          "two live leases: event, processes:",
          event,
          other.process().name,
          process.name);
    }
    before.add(new Started(process, lease));
    if (ordering != Ordering.NONE && event.letter() == 0 && !lease.leaseLost()) {
      predecessorsAreDone(process, lease.record());
    }
  }

  /** An ack was accepted, or a handler returned and so acked. */
  void handled(SimProcess process, EventKey event) {
    handled.computeIfAbsent(event, e -> new HashSet<>()).add(process);
  }

  /** A durable ack was accepted. */
  void durable(EventKey event) {
    durable.add(event);
  }

  /** A write took effect. */
  void wrote(GroupState before, GroupState after) {
    Map<EventKey, Unfinished> was = unfinished(before);
    Map<EventKey, Unfinished> is = unfinished(after);
    check(after.floor() >= before.floor(), "the floor went back from:", before.floor());
    check(
        ordering != Ordering.TOPIC || after.claims().size() <= 1,
        "a group in topic order has several claims:",
        after.claims());
    slotsAreWhole(after);
    was.forEach(
        (event, entry) ->
            check(
                is.containsKey(event) || mayBeDone(event, before.seeks() + entry.redrives()),
                "an event was lost: event, state before, after:",
                event,
                before,
                after));
    if (after.slots() == null) {
      for (long seq = before.next(); seq < after.next(); seq++) {
        EventKey event = new EventKey(seq, 0);
        check(is.containsKey(event) || isRemoved(seq), "an event was passed over:", event);
      }
    } else {
      for (EventRecord record :
          events.read(group.topic(), Math.max(1, before.next()), 10_000).events()) {
        EventKey event = new EventKey(record.seq(), 0);
        boolean passed = !isNext(before, record) && isNext(after, record);
        check(
            isNext(after, record) || !isNext(before, record) || is.containsKey(event),
            "an event was passed over:",
            event,
            before,
            after);
        check(!passed || before.seeks() < after.seeks(), "a slot went back:", event);
      }
    }
    is.forEach(
        (event, entry) -> {
          int known = failures.getOrDefault(event, 0);
          boolean gone = event.letter() > 0 && mayBeDone(event, 0);
          check(
              gone || entry.failures() >= known,
              "failures went back: event, entry, failures before:",
              event,
              entry,
              known);
          failures.put(event, entry.failures());
        });
  }

  private static boolean isNext(GroupState state, EventRecord record) {
    Slots slots = state.slots();
    return record.seq() >= (slots == null ? state.next() : slots.next(Ahead.slot(record)));
  }

  /** A slot has one owner, and what is in its claim belongs to it. */
  private void slotsAreWhole(GroupState state) {
    Slots slots = state.slots();
    if (slots == null) {
      return;
    }
    check(state.next() == slots.lowest(), "next is not the lowest of the slots:", state);
    Set<Integer> owned = new HashSet<>();
    Map<String, Long> lives = new HashMap<>();
    for (Claim claim : state.claims()) {
      check(claim.slot() == Slots.NONE || owned.add(claim.slot()), "two own a slot:", state);
      check(claim.slot() != Slots.NONE || claim.size() == 0, "a sign of life holds events:", state);
      Long other = lives.putIfAbsent(claim.token(), claim.until());
      check(other == null || other == claim.until(), "claims of one process differ:", state);
      claim.fresh().forEach(seq -> belongs(seq, claim.slot(), state));
      claim.retried().forEach(entry -> belongs(entry, claim.slot(), state));
    }
    state.waiting().forEach(entry -> belongs(entry, entry.slot(), state));
  }

  private void belongs(Unfinished entry, int slot, GroupState state) {
    check(entry.slot() == slot, "an entry is in another slot's claim:", entry, state);
    belongs(entry.seq(), slot, state);
  }

  private void belongs(long seq, int slot, GroupState state) {
    for (EventRecord record : events.read(group.topic(), seq, 1).events()) {
      boolean same = record.seq() != seq || Ahead.slot(record) == slot;
      check(same, "an event is in a slot that is not its own:", seq, slot, state);
    }
  }

  /** Whether all that was appended is done, and why not. */
  String missing() {
    GroupState state = groups.load(group).orElseThrow().state();
    long tail = events.extent(group.topic()).tail();
    return state.floor() == tail && state.unfinished() == 0 ? "" : tail + " not reached: " + state;
  }

  void letterIsThereOnce() {
    Set<String> seen = new HashSet<>();
    for (EventRecord event :
        events.read(Names.deadLetterTopic(group.topic()), 1, 10_000).events()) {
      DeadLetter letter = LetterBox.read(event);
      if (letter.group().equals(group.group())) {
        check(
            seen.add(letter.cycle() + " " + letter.original().id()),
            "a letter is there twice:",
            letter);
      }
    }
  }

  private void predecessorsAreDone(SimProcess process, EventRecord record) {
    GroupState state = groups.load(group).orElseThrow().state();
    Map<EventKey, Unfinished> open = unfinished(state);
    for (EventRecord earlier : events.read(group.topic(), 1, (int) record.seq()).events()) {
      EventKey event = new EventKey(earlier.seq(), 0);
      boolean before = earlier.seq() < record.seq() && inOneLane(earlier, record);
      if (before && filter.test(earlier)) {
        boolean done =
            (!isNext(state, earlier) && !open.containsKey(event))
                || handled.getOrDefault(event, Set.of()).contains(process)
                || lettersEver.contains(letter(earlier, state.seeks()));
        check(
            done,
            "an event was started before its predecessor was done: event, predecessor, state:",
            record.seq(),
            event,
            state);
      }
    }
  }

  private boolean inOneLane(EventRecord one, EventRecord other) {
    String key = one.key();
    return ordering == Ordering.TOPIC || (key != null && key.equals(other.key()));
  }

  private boolean mayBeDone(EventKey event, int cycle) {
    if (handled.containsKey(event)) {
      return true;
    }
    if (event.letter() > 0) {
      return events.read(Names.deadLetterTopic(group.topic()), event.letter(), 1).events().stream()
          .noneMatch(letter -> letter.seq() == event.letter());
    }
    if (isRemoved(event.seq())) {
      return true;
    }
    EventRecord record = events.read(group.topic(), event.seq(), 1).events().get(0);
    return !filter.test(record) || lettersEver.contains(letter(record, cycle));
  }

  private String letter(EventRecord record, int cycle) {
    return Ids.derived(group.group(), Integer.toString(cycle), record.id());
  }

  private boolean isRemoved(long seq) {
    Extent extent = events.extent(group.topic());
    return seq < extent.first();
  }

  private Map<EventKey, Unfinished> unfinished(GroupState state) {
    Map<EventKey, Unfinished> all = new HashMap<>();
    state.waiting().forEach(entry -> one(all, entry));
    for (Claim claim : state.claims()) {
      claim.fresh().forEach(seq -> one(all, Unfinished.fresh(seq, 0)));
      claim.retried().forEach(entry -> one(all, entry));
    }
    return all;
  }

  private void one(Map<EventKey, Unfinished> all, Unfinished entry) {
    check(all.put(EventKey.of(entry), entry) == null, "an event is in two places:", entry);
  }

  /* What is found inside a handler is thrown into the engine, which takes it for a failed handler: so it is kept. */
  private void check(boolean holds, String promise, Object... arguments) {
    if (!holds && broken == null) {
      broken =
          new AssertionError("group " + group + ": " + promise + " " + Arrays.toString(arguments));
    }
  }
}
