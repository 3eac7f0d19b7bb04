package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.event.EventRecord;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Starts leases and ends them. An event leaves the place it was in with a word on what became of
 * it.
 */
final class Leasing {
  /*
   * A lease that expired is good while nobody took the event since: then it is taken back out of where it waits. In this
   * process that is seen in the places. On the waiting list of the store it is as the state in hand says, which may be
   * out of date: the word then holds only while the entry stands there unchanged (Delta.Change). An event of a slot that
   * is being given away is not taken back: what is written of it meanwhile is another's.
   */
  private final Words words;
  private final Places places;
  private final Failures failures;
  private final String token;
  private final boolean ordered;
  private final Fates fates;
  private final Latest<EventKey, Member> overran = new Latest<>(1000);

  /* They hold their records, so they are few. */
  private final Latest<Integer, Lease> expired = new Latest<>(100);
  private final List<Lease> revived = new ArrayList<>();

  /** Slots that the write on its way gives up, as a set of bits. */
  private int giving;

  private int numbers;

  Leasing(Words words, Places places, Failures failures, String token, boolean ordered) {
    this.words = words;
    this.places = places;
    this.failures = failures;
    this.token = token;
    this.ordered = ordered;
    this.fates = new Fates(words, places);
  }

  Fates fates() {
    return fates;
  }

  void giving(int slots) {
    giving = slots;
  }

  /** Leases the event that {@link Lanes#peek} shows. */
  void start(Lease lease, Member member, long deadline) {
    places.lanes.take();
    if (!overran.isEmpty()) {
      overran.remove(lease.key());
    }
    lease.member = member;
    lease.deadline = deadline;
    lease.number = ++numbers;
    lease.state(Lease.LEASED);
    places.leased.add(lease);
  }

  /** The lease of this number on the event of this id, if it is live or expired lately. */
  @Nullable Lease find(String id, int number) {
    Lease live = places.leased.find(id, number);
    Lease found = live != null ? live : expired.get(number);
    return found != null && found.record().id().equals(id) ? found : null;
  }

  /** Notes that the event is about to run alone; it may start when that is written. */
  void markAlone(Lease lease, long now) {
    Unfinished marked = lease.entryOr(now).startedAlone();
    lease.entry = marked;
    words.delta().claimedUrgently(marked);
  }

  boolean isWritten(Lease lease) {
    return words.last(lease.key()) == null;
  }

  AckResult ack(Lease lease, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.ACKED);
      done(lease, now);
      return AckResult.OK;
    }
    if (lease.state() == Lease.EXPIRED) {
      Unfinished back = takeBack(lease);
      if (back != null) {
        lease.state(Lease.ACKED);
        lease.entry = back;
        done(lease, now);
        return AckResult.OK;
      }
    }
    return fates.of(lease);
  }

  AckResult nack(Lease lease, String reason, @Nullable Duration delay, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.NACKED);
      place(lease, failures.failed(lease.entryOr(now), reason, delay, now), now);
      return AckResult.OK;
    }
    /* An expired lease was counted as a failure when it expired. */
    return lease.state() == Lease.EXPIRED && isUntaken(lease) ? AckResult.OK : fates.of(lease);
  }

  /**
   * The handler gives it back; uncounted. One that expired was counted then, and waits its time.
   */
  AckResult handBack(Lease lease, Duration after, long now) {
    if (lease.state() == Lease.LEASED) {
      end(lease, Lease.NACKED);
      place(lease, lease.entryOr(now).handedBack(now + after.toMillis()), now);
      return AckResult.OK;
    }
    return lease.state() == Lease.EXPIRED && isUntaken(lease) ? AckResult.OK : fates.of(lease);
  }

  AckResult extend(Lease lease, long deadline, long now) {
    if (lease.state() == Lease.LEASED) {
      lease.deadline = deadline;
      return AckResult.OK;
    }
    if (lease.state() == Lease.EXPIRED && isOurs(lease.record())) {
      Unfinished back = takeBack(lease);
      if (back != null) {
        lease.entry = back;
        lease.deadline = deadline;
        lease.state(Lease.LEASED);
        places.leased.add(lease);
        places.lanes.hold(lease);
        words.delta().takenBack(back);
        revived.add(lease);
        return AckResult.OK;
      }
    }
    return fates.of(lease);
  }

  AckResult terminate(Lease lease, String reason, long now) {
    Unfinished entry = null;
    if (lease.state() == Lease.LEASED) {
      entry = lease.entryOr(now);
      end(lease, Lease.DEAD);
    } else if (lease.state() == Lease.EXPIRED && isOurs(lease.record())) {
      entry = takeBack(lease);
      if (entry != null) {
        places.lanes.hold(lease);
        words.delta().takenBack(entry);
      }
    }
    if (entry == null) {
      return fates.of(lease);
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

  /**
   * The subscriber gives back what it has: as a crash, or uncounted; then what still runs stays
   * leased unless {@code alsoRunning}.
   */
  void giveUp(Member member, boolean crashed, boolean alsoRunning, long now) {
    for (int i = places.leased.count() - 1; i >= 0; i--) {
      Lease lease = places.leased.get(i);
      if (lease.member != member) {
        continue;
      }
      if (crashed) {
        crash(lease, now);
      } else if (alsoRunning || !lease.running()) {
        handBack(lease, now, now);
      }
    }
  }

  /**
   * Whether an expired lease was extended and it is not known yet that nobody else has the event.
   */
  boolean isDoubtful(Lease lease) {
    return !revived.isEmpty() && revived.contains(lease);
  }

  /** The state was written: shows who has the events whose expired leases were extended. */
  void confirm() {
    revived.removeIf(this::isConfirmed);
  }

  private boolean isConfirmed(Lease lease) {
    if (lease.state() != Lease.LEASED) {
      return true;
    }
    if (!isWritten(lease)) {
      return false;
    }
    if (Claims.retried(words.state(), token, lease.key()) == null) {
      end(lease, Lease.LOST);
    }
    return true;
  }

  /** Everything held is somebody else's now. */
  void forget() {
    for (int i = places.leased.count() - 1; i >= 0; i--) {
      end(places.leased.get(i), Lease.LOST);
    }
    overran.clear();
    expired.clear();
    revived.clear();
    giving = 0;
  }

  private void end(Lease lease, int state) {
    places.leased.remove(lease);
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
      words.delta().doneFresh(lease.record().seq());
      places.lanes.leave(lease, now);
    } else if (entry.letter() > 0) {
      places.doneLetters.add(new Places.Fatal(lease.record(), entry));
    } else {
      words.delta().done(EventKey.of(entry));
      places.lanes.leave(lease, now);
    }
  }

  private void place(Lease lease, Unfinished after, long now) {
    if (places.isLeaving(lease.record())) {
      words.delta().claimed(after);
      places.lanes.leave(lease, now);
    } else if (after.fatal() != null) {
      places.fatal.add(new Places.Fatal(lease.record(), after));
      words.delta().claimed(after);
    } else if (ordered) {
      words.delta().claimed(after);
      places.lanes.again(new Lease(lease.record(), after), now);
    } else {
      words.delta().waiting(after);
    }
  }

  /** Takes an event out of wherever it waits, if nobody has started it since. */
  private @Nullable Unfinished takeBack(Lease lease) {
    EventKey event = lease.key();
    if (places.leased.holds(event)) {
      return null;
    }
    Lease retry = places.lanes.withdraw(event);
    if (retry != null) {
      return retry.entryOr(0);
    }
    for (Iterator<Unfinished> unread = places.unreadRetried.iterator(); unread.hasNext(); ) {
      Unfinished entry = unread.next();
      if (EventKey.of(entry).equals(event)) {
        unread.remove();
        return entry;
      }
    }
    return waiting(lease);
  }

  private boolean isUntaken(Lease lease) {
    EventKey event = lease.key();
    return !places.leased.holds(event) && (places.lanes.holds(event) || waiting(lease) != null);
  }

  /** The event as it waits on the store's list, or rests in a claim that is leaving. */
  private @Nullable Unfinished waiting(Lease lease) {
    EventKey event = lease.key();
    boolean rests = places.isLeaving(lease.record());
    if (giving != 0 && Claims.has(giving, Ahead.slot(lease.record()))) {
      return null;
    }
    Delta.Change change = words.last(event);
    if (change != null) {
      Delta.Where open = rests ? Delta.Where.CLAIM : Delta.Where.WAITING;
      return change.where() == open && isOpen(change.after()) ? change.after() : null;
    }
    Unfinished entry =
        rests
            ? Claims.retried(words.state(), token, event)
            : Claims.find(words.state().waiting(), event);
    return isOpen(entry) ? entry : null;
  }

  private static boolean isOpen(@Nullable Unfinished entry) {
    return entry != null && entry.fatal() == null;
  }

  /** Whether this process may hold the event: in a group with slots, only one of its own. */
  private boolean isOurs(EventRecord record) {
    return words.state().slots() == null
        || Claims.has(Claims.slots(words.state(), token), Ahead.slot(record));
  }
}
