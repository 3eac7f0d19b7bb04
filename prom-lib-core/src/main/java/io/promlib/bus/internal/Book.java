package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.bus.internal.GroupSteps.Taken;
import io.promlib.event.EventRecord;
import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Ordering;
import io.promlib.store.Unfinished;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this process holds of one group, and how that comes and goes with the writes of the group's
 * state: plain state, with no thread, lock, clock or store call.
 */
final class Book {
  /*
   * An event that this process claimed is in exactly one of its Places. It enters by written(), and leaves with a word in
   * `Words` (done, waiting again, still claimed but failed). A word that comes while a write is on its way comes later and
   * wins: also over the write that claims the event, so an event that was taken back meanwhile is not started by what the
   * write gained.
   *
   * A write that was refused, or of which nobody knows whether it stands, puts both together again. Neither has to be
   * told from the other. What it said is said once more, and changes nothing where it is known: each word holds only
   * where it found the event (Delta.Change). What it gained is seen in the claims, which nobody else changes: whatever is
   * there and in no place here is unread. If the claims are gone, and the write would have taken them away, then nothing
   * is left here but words, which are passed over should another have taken it. In the same way a release takes all out
   * of its places when it is prepared, so that nothing starts while it is on its way, and finds it again in the claim if
   * it did not come about.
   *
   * After a write of which nobody knows, what is loaded may show it and yet be taken back, as a load may be local to one
   * server. So it is `unconfirmed`: another write, on top of it, is made before anything of it is read or started, before
   * an ack in it counts as durable, and before the claim counts as renewed.
   *
   * A slot that is to be given away is `leaving` first: its events leave their places, but for those at work, and rest in
   * the claim, where they are found again if the slot stays after all. Nothing of it starts, so when nothing of it is
   * leased any more it can be given away by any write; and whether that write stands need not be known for any place.
   * Slots come and go by this process's own writes only, or all at once when its claims are taken over or the group is
   * sought; then everything here is void.
   *
   * A crash at any point loses the words, and with them acks that were not written: those events are in the claim still,
   * are taken over when it runs out, and are delivered again. Nothing that is not done can be lost, because only what
   * was said to be done is ever taken out of a claim.
   */

  /** A state to be written, and what is gained by it. */
  record Write(Version expected, Taken taken) {}

  final Places places;
  final Lanes lanes;
  final Leased leased;
  final Leasing leasing;
  final Intake intake;
  private final Words words;
  private final Ahead ahead = new Ahead();
  private final String owner;
  private final String token;
  private final long claimLease;
  private final Failures failures;
  private final boolean ordered;
  private final boolean slotted;
  private long claimUntil = Long.MAX_VALUE;
  private long first;
  private boolean mayHaveLetGo;

  /* What was loaded may hold a write of ours that no majority has, and that a fail-over takes back. */
  private boolean unconfirmed;

  Book(Versioned stored, String owner, String token, long claimLease, Failures failures) {
    this.owner = owner;
    this.token = token;
    this.claimLease = claimLease;
    this.failures = failures;
    Ordering ordering = stored.state().settings().ordering();
    this.ordered = ordering != Ordering.NONE;
    this.slotted = stored.state().slots() != null;
    this.words = new Words(stored);
    this.places = new Places(ordering);
    this.lanes = places.lanes;
    this.leased = places.leased;
    this.leasing = new Leasing(words, places, failures, token, ordered);
    this.intake = new Intake(words, places, leasing.fates());
  }

  GroupState state() {
    return words.state();
  }

  Failures failures() {
    return failures;
  }

  Fates fates() {
    return leasing.fates();
  }

  /** Names what happened since the last write began; see {@link #isPending}. */
  long round() {
    return words.round();
  }

  /** Whether an event that was settled in a round may still be written down. */
  boolean isPending(EventKey event, long since) {
    return event.letter() == 0
        ? words.isPendingSince(since)
        : words.last(event) != null || places.isDoneLetter(event);
  }

  /** Whether nothing of this process's is left, here or in the store. */
  boolean isClear() {
    return words.delta().isEmpty() && !Claims.holds(state(), token);
  }

  boolean hasClaim() {
    return claimUntil != Long.MAX_VALUE;
  }

  /** Whether what was loaded last may yet be taken back; the next write tells. */
  boolean isUnconfirmed() {
    return unconfirmed;
  }

  boolean isOrdered() {
    return ordered;
  }

  /** How many words are not written yet. */
  int unwritten() {
    return words.delta().size();
  }

  /** Whether slots may be moved on over events that are others'. */
  boolean isMoved() {
    return slotted && ahead.isMoved(SlotSteps.slots(state()), active());
  }

  /** When the claim should be renewed, in epoch milliseconds. */
  long renewAt() {
    return claimUntil == Long.MAX_VALUE ? Long.MAX_VALUE : claimUntil - claimLease * 2 / 3;
  }

  /** Whether letters are to be written or deleted before this process lets go. */
  boolean hasLettersDue(long now) {
    return !places.doneLetters.isEmpty()
        || places.fatal.stream().anyMatch(event -> event.entry().due() <= now);
  }

  /**
   * When something waits no longer, in epoch milliseconds; what was due at {@code looked} waits for
   * a subscriber, not for a time.
   */
  long nextDue(long looked) {
    long due = Math.min(lanes.nextDue(), renewAt());
    due = Math.min(due, GroupSteps.nextDue(state(), token, looked));
    for (Places.Fatal event : places.fatal) {
      due = Math.min(due, event.entry().due());
    }
    return due;
  }

  // ---------------------------------------------------------------- slots

  /** Slots of this process that stay with it, as a set of bits. */
  private int active() {
    return Claims.slots(state(), token) & ~places.leaving;
  }

  /**
   * Where to read the topic before more can be claimed; 0 if that is not needed, or nothing could
   * be claimed.
   */
  long readsFrom(Request request) {
    if (!slotted || request.wanted() == 0) {
      return 0;
    }
    GroupState state = state();
    int active = active();
    boolean mayClaim =
        active != 0
            && state.unfinished() < GroupSteps.MAX_UNFINISHED
            && state.next() >= first(request);
    return mayClaim ? ahead.readsFrom(SlotSteps.slots(state), active, request.tail()) : 0;
  }

  /** How many events to read there. */
  int readLimit(Request request) {
    return Ahead.limit(request.wanted(), Integer.bitCount(active()));
  }

  /** A page was read ahead; what is missing in it up to {@code to} was removed. */
  void readAhead(long from, long to, List<EventRecord> page) {
    ahead.read(from, to, page);
  }

  /** The topic holds nothing below this position. */
  void holdsFrom(long position) {
    first = Math.max(first, position);
  }

  /* What was read may know better than what is asked for. */
  private long first(Request request) {
    return Math.max(first, request.first());
  }

  /** Decides which slots are to go to other processes. */
  void rebalance(boolean wantsSlots, long now) {
    if (!slotted || (places.leaving == 0 && !Claims.anyOther(state(), token))) {
      return;
    }
    int mine = Claims.slots(state(), token);
    int surplus = mine == 0 ? 0 : Balance.of(state(), token, now).surplus(wantsSlots);
    int before = places.leaving & mine;
    if (surplus == Integer.bitCount(before)) {
      return;
    }
    int busy = places.busySlots();
    int chosen = lowest(before & ~busy, surplus);
    chosen |= lowest(before & busy, surplus - Integer.bitCount(chosen));
    chosen |= lowest(mine & ~before & ~busy, surplus - Integer.bitCount(chosen));
    chosen |= lowest(mine & ~before & busy, surplus - Integer.bitCount(chosen));
    places.leaving = chosen;
    if (chosen != before) {
      places.park();
      findUnread();
    }
  }

  private static int lowest(int slots, int count) {
    int some = 0;
    for (int i = 0; i < count; i++) {
      some |= Integer.lowestOneBit(slots & ~some);
    }
    return some;
  }

  /** Slots that can be given away now. */
  private int ready() {
    int leaving = places.leaving;
    return leaving == 0 ? 0 : leaving & ~places.busySlots();
  }

  // ---------------------------------------------------------------- writing

  /**
   * Prepares the next write: what happened since, what others left, what is wanted. Null if there
   * is nothing.
   *
   * @param flush whether words that could wait for company are written now
   */
  @Nullable Write prepare(Request request, boolean release, boolean flush, long now) {
    if (!isNeeded(request, release, flush, now)) {
      return null;
    }
    Taken taken = slotted ? slotted(request, release, now) : unslotted(request, release, now);
    if (release) {
      places.dropUnstarted();
    }
    words.prepared();
    return new Write(words.version(), taken);
  }

  private Taken unslotted(Request request, boolean release, long now) {
    GroupState settled = Settling.settle(state(), owner, token, words.delta());
    GroupState freed = GroupSteps.takeOver(settled, token, failures, now);
    return release
        ? Taken.nothing(GroupSteps.release(freed, token, now))
        : GroupSteps.claim(freed, owner, token, request, now, now + claimLease);
  }

  private Taken slotted(Request request, boolean release, long now) {
    SlotSteps.Skip skip = SlotSteps.skip(state(), first(request));
    GroupState settled = Settling.settle(skip.state(), owner, token, words.delta());
    GroupState freed = GroupSteps.takeOver(settled, token, failures, now);
    Taken taken;
    if (release) {
      taken = Taken.nothing(GroupSteps.release(freed, token, now));
    } else {
      int given = ready();
      leasing.giving(given);
      GroupState kept = SlotSteps.give(freed, token, given, now);
      taken =
          SlotSteps.claim(
              kept, owner, token, request, places.leaving, ahead, now, now + claimLease);
    }
    return new Taken(
        taken.state(), taken.retried(), taken.fresh(), skip.from(), skip.to(), taken.records());
  }

  /* Asked at every turn, and mostly answered with no: it makes nothing. */
  private boolean isNeeded(Request request, boolean release, boolean flush, long now) {
    return unconfirmed
        || words.delta().isUrgent()
        || (flush && (!words.delta().isEmpty() || isMoved()))
        || Claims.anyRanOut(state(), token, now)
        || (release
            ? !words.delta().isEmpty() || Claims.holds(state(), token)
            : renewAt() <= now || ready() != 0 || isClaimable(request, now));
  }

  /** Whether the steps would come to more for this request. */
  boolean mayGain(Request request, long now) {
    return readsFrom(request) != 0 || isClaimable(request, now);
  }

  private boolean isClaimable(Request request, long now) {
    if (slotted && request.wantsSlots() && state().next() < first(request)) {
      return true;
    }
    return slotted
        ? SlotSteps.isClaimable(state(), token, request, places.leaving, ahead, now)
        : GroupSteps.isClaimable(state(), token, request, now);
  }

  /** The write stands. */
  void written(Versioned now, Taken taken, long until) {
    unconfirmed = false;
    words.written(now);
    claimUntil = Claims.holds(now.state(), token) ? until : Long.MAX_VALUE;
    ownsSlots();
    places.unreadFresh = places.unreadFresh.plus(taken.fresh());
    places.hold(taken.records());
    for (Unfinished entry : taken.retried()) {
      if (!isTakenBack(EventKey.of(entry))) {
        places.unreadRetried.add(entry);
      }
    }
    leasing.confirm();
  }

  private void ownsSlots() {
    leasing.giving(0);
    if (slotted) {
      int mine = Claims.slots(state(), token);
      places.leaving &= mine;
      ahead.keep(mine);
    }
  }

  /**
   * Whether an event that waited was settled, or its lease extended, since the last write began.
   */
  private boolean isTakenBack(EventKey event) {
    return words.delta().change(event) != null || places.isDoneLetter(event);
  }

  /** It is unknown whether the write stands: the state has to be loaded, and shows it. */
  void doubted(Write write) {
    mayHaveLetGo = !Claims.holds(write.taken().state(), token);
    unconfirmed = true;
    refused();
  }

  /** The write was refused: the state has to be loaded. */
  void refused() {
    words.refused();
  }

  /** The state was loaded anew. Tells whether this process still holds what it held. */
  boolean loaded(Versioned now) {
    boolean held = Claims.holds(state(), token);
    Claim mine = Claims.find(now.state(), token);
    boolean kept =
        state().seeks() == now.state().seeks() && (!held || mine != null || mayHaveLetGo);
    mayHaveLetGo = false;
    words.loaded(now);
    claimUntil = mine == null ? Long.MAX_VALUE : mine.until();
    if (kept) {
      ownsSlots();
      findUnread();
    } else {
      forget();
    }
    return kept;
  }

  /** What is claimed when all that is known is settled, and in no place here. */
  private void findUnread() {
    GroupState settled = Settling.settle(state(), owner, token, words.delta());
    places.findUnread(
        settled.claims().stream()
            .filter(claim -> claim.token().equals(token) && !Claims.isOf(claim, places.leaving))
            .toList());
  }

  /** Everything held is somebody else's now. */
  void forget() {
    leasing.forget();
    places.dropUnstarted();
    places.doneLetters.clear();
    places.leaving = 0;
    ahead.clear();
    words.forget();
    claimUntil = Long.MAX_VALUE;
    mayHaveLetGo = false;
    unconfirmed = false;
  }
}
