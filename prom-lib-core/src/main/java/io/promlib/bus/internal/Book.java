package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.bus.internal.GroupSteps.Taken;
import io.promlib.event.EventRecord;
import io.promlib.store.Claim;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Version;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What this process holds of one group: plain state and the changes of it, with no thread, lock,
 * clock or store call.
 */
final class Book {
  /*
   * An event that this process claimed is in exactly one of: unread, lanes, leased, fatal, doneLetters. It enters by
   * written(), and leaves with a word in `delta` (done, waiting again, still claimed but failed). `delta` is what the
   * store does not know yet; while it is being written it is `writing`, and what happens meanwhile goes to a fresh
   * `delta`, whose word on an event comes later and wins: also over the write that claims it, so an event that was taken
   * back meanwhile is not started by what the write gained.
   *
   * A write that was refused, or of which nobody knows whether it stands, puts both together again. Neither has to be
   * told from the other. What it said is said once more, and changes nothing where it is known: each word holds only
   * where it found the event (Delta.Change). What it gained is seen in the claim, which nobody else changes: whatever is
   * there and in no place here is unread. If the claim is gone, and the write would have emptied it, then nothing is left
   * here but words, which are passed over should another have taken it. In the same way a release takes all out of its places when it is prepared, so
   * that nothing starts while it is on its way, and finds it again in the claim if it did not come about.
   *
   * A crash at any point loses `delta`, and with it acks that were not written: those events are in the claim still,
   * are taken over when it runs out, and are delivered again. Nothing that is not done can be lost, because only what
   * is in `delta` as done is ever taken out of the claim.
   */

  /** An event on its way to the dead letters. */
  record Fatal(EventRecord record, Unfinished entry) {}

  /** A state to be written, and what is gained by it. */
  record Write(Version expected, Taken taken) {}

  final Lanes lanes;
  final Leased leased = new Leased();
  final List<Fatal> fatal = new ArrayList<>();
  final ArrayDeque<Fatal> doneLetters = new ArrayDeque<>();
  final ArrayDeque<Unfinished> unreadRetried = new ArrayDeque<>();
  SeqSet unreadFresh = SeqSet.EMPTY;

  private final List<Lease> revived = new ArrayList<>();
  private final String owner;
  private final String token;
  private final long claimLease;
  private final Failures failures;
  private final boolean ordered;
  private final Latest<EventKey, Boolean> dead = new Latest<>(1000);
  private final Latest<EventKey, Member> overran = new Latest<>(1000);

  /* They hold their records, so they are few. */
  private final Latest<Integer, Lease> expired = new Latest<>(100);
  private Versioned stored;
  private Delta delta = new Delta();
  private Delta writing = new Delta();
  private long claimUntil = Long.MAX_VALUE;
  private int numbers;
  private long round = 1;
  private long written;
  private boolean mayHaveLetGo;

  Book(Versioned stored, String owner, String token, long claimLease, Failures failures) {
    this.stored = stored;
    this.owner = owner;
    this.token = token;
    this.claimLease = claimLease;
    this.failures = failures;
    Ordering ordering = stored.state().settings().ordering();
    this.lanes = new Lanes(ordering);
    this.ordered = ordering != Ordering.NONE;
  }

  GroupState state() {
    return stored.state();
  }

  Failures failures() {
    return failures;
  }

  /** Names what happened since the last write began; see {@link #isPending}. */
  long round() {
    return round;
  }

  /** Whether an event that was settled in a round may still be written down. */
  boolean isPending(EventKey event, long since) {
    boolean nothingLeft = since <= written || (delta.isEmpty() && writing.isEmpty());
    return event.letter() == 0
        ? !nothingLeft
        : delta.change(event) != null || writing.change(event) != null || isDoneLetter(event);
  }

  /** Whether nothing of this process's is left, here or in the store. */
  boolean isClear() {
    return delta.isEmpty() && !GroupSteps.holds(state(), token);
  }

  boolean hasClaim() {
    return claimUntil != Long.MAX_VALUE;
  }

  boolean isOrdered() {
    return ordered;
  }

  /** When the claim should be renewed, in epoch milliseconds. */
  long renewAt() {
    return claimUntil == Long.MAX_VALUE ? Long.MAX_VALUE : claimUntil - claimLease * 2 / 3;
  }

  /** Whether letters are to be written or deleted before this process lets go. */
  boolean hasLettersDue(long now) {
    return !doneLetters.isEmpty() || fatal.stream().anyMatch(event -> event.entry().due() <= now);
  }

  /**
   * When something waits no longer, in epoch milliseconds; what was due at {@code looked} waits for
   * a subscriber, not for a time.
   */
  long nextDue(long looked) {
    long due = Math.min(lanes.nextDue(), renewAt());
    due = Math.min(due, GroupSteps.nextDue(state(), token, looked));
    for (Fatal event : fatal) {
      due = Math.min(due, event.entry().due());
    }
    return due;
  }

  /**
   * Prepares the next write: what happened since, what others left, what is wanted. Null if there
   * is nothing.
   */
  @Nullable Write prepare(Request request, boolean release, long now) {
    if (!isNeeded(request, release, now)) {
      return null;
    }
    GroupState settled = GroupSteps.settle(state(), owner, token, delta);
    GroupState freed = GroupSteps.takeOver(settled, token, failures, now);
    Taken taken =
        release
            ? new Taken(GroupSteps.release(freed, token, now), List.of(), SeqSet.EMPTY, 0, 0)
            : GroupSteps.claim(freed, owner, token, request, now, now + claimLease);
    if (release) {
      dropUnstarted();
    }
    Delta free = writing;
    writing = delta;
    delta = free;
    round++;
    return new Write(stored.version(), taken);
  }

  /* Asked at every turn, and mostly answered with no: it makes nothing. */
  private boolean isNeeded(Request request, boolean release, long now) {
    return !delta.isEmpty()
        || GroupSteps.anyRanOut(state(), token, now)
        || (release
            ? GroupSteps.holds(state(), token)
            : renewAt() <= now || GroupSteps.isClaimable(state(), token, request, now));
  }

  /** The write stands. */
  void written(Versioned now, Taken taken, long until) {
    stored = now;
    writing.clear();
    written = round - 1;
    claimUntil = GroupSteps.holds(now.state(), token) ? until : Long.MAX_VALUE;
    unreadFresh = unreadFresh.plus(taken.fresh());
    for (Unfinished entry : taken.retried()) {
      if (!isTakenBack(EventKey.of(entry))) {
        unreadRetried.add(entry);
      }
    }
    revived.removeIf(this::isConfirmed);
  }

  /**
   * Whether an expired lease was extended and it is not known yet that nobody else has the event.
   */
  boolean isDoubtful(Lease lease) {
    return !revived.isEmpty() && revived.contains(lease);
  }

  private boolean isConfirmed(Lease lease) {
    if (lease.state() != Lease.LEASED) {
      return true;
    }
    if (!isWritten(lease)) {
      return false;
    }
    Claim mine = GroupSteps.find(state(), token);
    if (mine == null || !GroupSteps.contains(mine.retried(), lease.key())) {
      end(lease, Lease.LOST);
    }
    return true;
  }

  /**
   * Whether an event that waited was settled, or its lease extended, since the last write began.
   */
  private boolean isTakenBack(EventKey event) {
    return delta.change(event) != null || isDoneLetter(event);
  }

  private boolean isDoneLetter(EventKey event) {
    return doneLetters.stream().anyMatch(done -> EventKey.of(done.entry()).equals(event));
  }

  /** It is unknown whether the write stands: the state has to be loaded, and shows it. */
  void doubted(Write write) {
    mayHaveLetGo = !GroupSteps.holds(write.taken().state(), token);
    refused();
  }

  /** The write was refused: the state has to be loaded. */
  void refused() {
    writing.addAll(delta);
    delta.clear();
    Delta both = writing;
    writing = delta;
    delta = both;
  }

  /** The state was loaded anew. Tells whether this process still holds what it held. */
  boolean loaded(Versioned now) {
    boolean held = GroupSteps.holds(state(), token);
    boolean holds = GroupSteps.holds(now.state(), token);
    boolean kept = state().seeks() == now.state().seeks() && (!held || holds || mayHaveLetGo);
    mayHaveLetGo = false;
    Claim mine = GroupSteps.find(now.state(), token);
    stored = now;
    claimUntil = mine == null ? Long.MAX_VALUE : mine.until();
    if (!kept) {
      forget();
    } else {
      findUnread();
    }
    return kept;
  }

  /** What is claimed when all that is known is settled, and in no place here. */
  private void findUnread() {
    Claim mine = GroupSteps.find(GroupSteps.settle(state(), owner, token, delta), token);
    unreadFresh = SeqSet.EMPTY;
    unreadRetried.clear();
    if (mine == null) {
      return;
    }
    Set<EventKey> placed = new HashSet<>();
    for (int i = 0; i < leased.count(); i++) {
      placed.add(leased.get(i).key());
    }
    lanes.forEach(lease -> placed.add(lease.key()));
    fatal.forEach(event -> placed.add(EventKey.of(event.entry())));
    doneLetters.forEach(event -> placed.add(EventKey.of(event.entry())));
    long[] seqs =
        placed.stream().filter(event -> event.letter() == 0).mapToLong(EventKey::seq).toArray();
    unreadFresh = mine.fresh().minus(SeqSet.of(seqs));
    mine.retried().stream()
        .filter(entry -> !placed.contains(EventKey.of(entry)))
        .sorted(GroupSteps.BY_POSITION)
        .forEach(unreadRetried::add);
  }

  /** Everything held is somebody else's now. */
  void forget() {
    for (int i = leased.count() - 1; i >= 0; i--) {
      Lease lease = leased.get(i);
      end(lease, Lease.LOST);
    }
    dropUnstarted();
    doneLetters.clear();
    overran.clear();
    expired.clear();
    revived.clear();
    delta.clear();
    claimUntil = Long.MAX_VALUE;
    mayHaveLetGo = false;
    written = round++;
  }

  private void dropUnstarted() {
    lanes.clear();
    fatal.clear();
    unreadRetried.clear();
    unreadFresh = SeqSet.EMPTY;
  }

  /**
   * Positions up to {@code covered} were read: those that somebody wants, and the rest is done;
   * {@code lost} are those of them that retention removed.
   */
  void readFresh(List<EventRecord> wanted, long covered, SeqSet lost, long now) {
    delta.lostFresh(lost);
    long from = unreadFresh.first(covered + 1);
    long to = Math.min(covered, unreadFresh.firstRunEnd(covered));
    long at = from;
    for (EventRecord record : wanted) {
      if (record.seq() < from || record.seq() > to) {
        continue;
      }
      for (; at < record.seq(); at++) {
        delta.doneFresh(at);
      }
      at = record.seq() + 1;
      lanes.add(new Lease(record, null), now);
    }
    for (; at <= to; at++) {
      delta.doneFresh(at);
    }
    unreadFresh = unreadFresh.minus(SeqSet.range(from, to));
  }

  /** The next event to be tried again was read; null if it was removed since. */
  void readRetried(@Nullable EventRecord record, long now) {
    Unfinished entry = unreadRetried.remove();
    if (record == null) {
      delta.done(EventKey.of(entry));
    } else {
      lanes.add(new Lease(record, entry), now);
    }
  }

  /** The next event to be tried again was removed by retention. */
  void lostRetried() {
    delta.lost(EventKey.of(unreadRetried.remove()));
  }

  /** The next event that waits for its letter was read. */
  void readFatal(EventRecord record, long now) {
    Unfinished entry = unreadRetried.remove();
    fatal.add(new Fatal(record, entry));
    lanes.add(new Lease(record, entry), now);
  }

  /** Leases the event that {@link Lanes#peek} shows. */
  void start(Lease lease, Member member, long deadline) {
    lanes.take();
    if (!overran.isEmpty()) {
      overran.remove(lease.key());
    }
    lease.member = member;
    lease.deadline = deadline;
    lease.number = ++numbers;
    lease.state(Lease.LEASED);
    leased.add(lease);
  }

  /** The lease of this number on the event of this id, if it is live or expired lately. */
  @Nullable Lease find(String id, int number) {
    Lease live = leased.find(id, number);
    Lease found = live != null ? live : expired.get(number);
    return found != null && found.record().id().equals(id) ? found : null;
  }

  /** Notes that the event is about to run alone; it may start when that is written. */
  void markAlone(Lease lease, long now) {
    Unfinished marked = lease.entryOr(now).startedAlone();
    lease.entry = marked;
    delta.claimed(marked);
  }

  boolean isWritten(Lease lease) {
    EventKey event = lease.key();
    return delta.change(event) == null && writing.change(event) == null;
  }

  AckResult ack(Lease lease, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.ACKED);
      done(lease, now);
      return AckResult.OK;
    }
    if (lease.state() == Lease.EXPIRED) {
      Unfinished back = takeBack(lease.key());
      if (back != null) {
        lease.state(Lease.ACKED);
        lease.entry = back;
        done(lease, now);
        return AckResult.OK;
      }
    }
    return fate(lease);
  }

  AckResult nack(Lease lease, String reason, @Nullable Duration delay, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.NACKED);
      place(lease, failures.failed(lease.entryOr(now), reason, delay, now), now);
      return AckResult.OK;
    }
    /* An expired lease was counted as a failure when it expired. */
    return lease.state() == Lease.EXPIRED && isUntaken(lease.key()) ? AckResult.OK : fate(lease);
  }

  AckResult extend(Lease lease, long deadline, long now) {
    if (lease.state() == Lease.LEASED) {
      lease.deadline = deadline;
      return AckResult.OK;
    }
    if (lease.state() == Lease.EXPIRED) {
      Unfinished back = takeBack(lease.key());
      if (back != null) {
        lease.entry = back;
        lease.deadline = deadline;
        lease.state(Lease.LEASED);
        leased.add(lease);
        delta.takenBack(back);
        revived.add(lease);
        return AckResult.OK;
      }
    }
    return fate(lease);
  }

  AckResult terminate(Lease lease, String reason, long now) {
    Unfinished entry = null;
    if (lease.state() == Lease.LEASED) {
      entry = lease.entryOr(now);
      end(lease, Lease.DEAD);
    } else if (lease.state() == Lease.EXPIRED) {
      entry = takeBack(lease.key());
    }
    if (entry == null) {
      return fate(lease);
    }
    boolean isCounted = entry.failures() >= lease.attempt();
    lease.state(Lease.DEAD);
    place(lease, (isCounted ? entry : entry.failed(false, now)).dead(reason, now), now);
    return AckResult.OK;
  }

  /** Who let the event's lease expire last, if it was not started since. */
  @Nullable Member lastOverran(Lease lease) {
    return lease.entry == null || overran.isEmpty() ? null : overran.get(lease.key());
  }

  /** The lease's time is over. */
  void expire(Lease lease, long now) {
    end(lease, Lease.EXPIRED);
    if (lease.member != null) {
      overran.put(lease.key(), lease.member);
    }
    place(
        lease,
        failures.failed(lease.entryOr(now), "the lease expired before an ack", null, now),
        now);
  }

  /** The subscriber crashed with this in flight. */
  void crash(Lease lease, long now) {
    Unfinished entry = lease.entryOr(now);
    boolean alone = lease.alone();
    end(lease, Lease.EXPIRED);
    place(lease, failures.crashed(alone ? entry.startedAlone() : entry, now), now);
  }

  /** The subscriber gives it back; uncounted, to be tried again at {@code due}. */
  void handBack(Lease lease, long due, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.EXPIRED);
    }
    place(lease, lease.entryOr(now).handedBack(due), now);
  }

  /** The event is a dead letter now. */
  void buried(Fatal event, long now) {
    fatal.remove(event);
    EventKey key = EventKey.of(event.entry());
    dead.put(key, true);
    delta.done(key);
    lanes.leave(new Lease(event.record(), event.entry()), now);
  }

  /** The dead letter that was redriven is gone, and so the event is done. */
  void letterGone(Fatal event, long now) {
    doneLetters.remove(event);
    delta.done(EventKey.of(event.entry()));
    lanes.leave(new Lease(event.record(), event.entry()), now);
  }

  /** The dead-letter topic took it not: once more at {@code due}. */
  void notBuried(Fatal event, long due) {
    Unfinished entry = event.entry();
    Unfinished later = entry.dead(String.valueOf(entry.fatal()), due);
    fatal.set(fatal.indexOf(event), new Fatal(event.record(), later));
    delta.claimed(later);
  }

  private void end(Lease lease, int state) {
    leased.remove(lease);
    lease.state(state);
    if (state == Lease.EXPIRED) {
      expired.put(lease.number, lease);
    }
    Member member = lease.member;
    if (member != null) {
      member.ended(lease);
    }
  }

  private void done(Lease lease, long now) {
    Unfinished entry = lease.entry;
    if (!overran.isEmpty()) {
      overran.remove(lease.key());
    }
    if (entry == null) {
      delta.doneFresh(lease.record().seq());
      lanes.leave(lease, now);
    } else if (entry.letter() > 0) {
      doneLetters.add(new Fatal(lease.record(), entry));
    } else {
      delta.done(EventKey.of(entry));
      lanes.leave(lease, now);
    }
  }

  private void place(Lease lease, Unfinished after, long now) {
    if (after.fatal() != null) {
      fatal.add(new Fatal(lease.record(), after));
      delta.claimed(after);
    } else if (ordered) {
      delta.claimed(after);
      lanes.again(new Lease(lease.record(), after), now);
    } else {
      delta.waiting(after);
    }
  }

  /** Takes an event out of wherever it waits, if nobody has started it since. */
  private @Nullable Unfinished takeBack(EventKey event) {
    if (leased.holds(event)) {
      return null;
    }
    Lease retry = lanes.withdraw(event);
    if (retry != null) {
      return retry.entryOr(0);
    }
    for (Iterator<Unfinished> unread = unreadRetried.iterator(); unread.hasNext(); ) {
      Unfinished entry = unread.next();
      if (EventKey.of(entry).equals(event)) {
        unread.remove();
        return entry;
      }
    }
    return waiting(event);
  }

  private boolean isUntaken(EventKey event) {
    return !leased.holds(event) && (lanes.holds(event) || waiting(event) != null);
  }

  private @Nullable Unfinished waiting(EventKey event) {
    Delta.Change change = delta.change(event);
    change = change == null ? writing.change(event) : change;
    if (change != null) {
      return change.where() == Delta.Where.WAITING ? change.after() : null;
    }
    for (Unfinished entry : state().waiting()) {
      if (entry.fatal() == null && EventKey.of(entry).equals(event)) {
        return entry;
      }
    }
    return null;
  }

  /** What became of an event whose lease is over. */
  private AckResult fate(Lease lease) {
    return switch (lease.state()) {
      case Lease.ACKED -> AckResult.ALREADY_ACKED;
      case Lease.DEAD -> AckResult.DEAD_LETTERED;
      case Lease.EXPIRED -> fate(lease.key());
      case Lease.NACKED -> isDead(lease.key()) ? AckResult.DEAD_LETTERED : AckResult.STALE_LEASE;
      default -> AckResult.STALE_LEASE;
    };
  }

  /** What became of an event that this process does not hold a lease of. */
  AckResult fate(EventKey event) {
    if (isDead(event)) {
      return AckResult.DEAD_LETTERED;
    }
    if (event.seq() >= state().next() && event.letter() == 0) {
      return AckResult.UNKNOWN;
    }
    return isDone(event) || !GroupSteps.contains(state(), event)
        ? AckResult.ALREADY_ACKED
        : AckResult.STALE_LEASE;
  }

  private boolean isDone(EventKey event) {
    Delta.Change last = delta.change(event);
    last = last == null ? writing.change(event) : last;
    return last != null
        ? last.isOver()
        : isDoneLetter(event) || delta.isDoneFresh(event) || writing.isDoneFresh(event);
  }

  private boolean isDead(EventKey event) {
    return dead.contains(event)
        || fatal.stream().anyMatch(waits -> EventKey.of(waits.entry()).equals(event));
  }
}
