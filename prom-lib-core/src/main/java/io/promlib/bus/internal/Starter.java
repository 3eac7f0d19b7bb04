package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.store.Bounds;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Decides what starts next, and for whom. Plain state: whoever calls holds the group's lock, but
 * for {@link #isStopped()}.
 */
final class Starter {
  /** What a process claims it should be able to start within this time. */
  private static final long SOON_NANOS = Duration.ofMillis(100).toNanos();

  private static final long ALONE_WAIT_NANOS = Duration.ofSeconds(5).toNanos();

  /** A process whose subscribers all paused for so long gives its slots to others. */
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private final Wiring wiring;
  private final Book book;
  private final List<Member> members;
  private final Signal signal;
  private final Alarm alarm;
  private final Runnable wake;
  private Bounds bounds = new Bounds(1, 0);
  private volatile boolean stopped;

  /** Counts what may let an event start that could not before. */
  private long moves;

  private int turn;
  private boolean worked;
  private long workedAt;
  private long claimEnds;
  private long handlerNanos = SOON_NANOS;
  private @Nullable Lease lonely;
  private @Nullable Gate lonelyGate;
  private long lonelySince;

  Starter(
      Wiring wiring, Book book, List<Member> members, Signal signal, Alarm alarm, Runnable wake) {
    this.wiring = wiring;
    this.book = book;
    this.members = members;
    this.signal = signal;
    this.alarm = alarm;
    this.wake = wake;
  }

  /** Starts nothing more. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** How far the topic reaches. */
  void reaches(Bounds seen) {
    bounds = seen;
  }

  /** The claim is good until {@code nanos}. */
  void claimed(long nanos) {
    claimEnds = nanos;
  }

  /** Something happened that may let an event start that could not before. */
  void moved() {
    moves++;
  }

  /** A handler took so long. */
  void took(long nanos) {
    handlerNanos += (Math.max(0, nanos) - handlerNanos) / 4;
  }

  /**
   * Asks for more when nothing is ready: as much as handlers of the speed seen lately start soon,
   * so that what is claimed is not kept from other processes.
   */
  Request request() {
    if (stopped || book.lanes.ready() > 0 || !book.places.unreadFresh.isEmpty()) {
      return request(0);
    }
    int wanted = 0;
    for (Member member : members) {
      int free = member.free();
      if (free > 0) {
        long soon = member.options().concurrency() * (SOON_NANOS / Math.max(1, handlerNanos));
        long most = member.options().manualAck() ? free : Math.max(free, soon);
        wanted = (int) Math.max(wanted, Math.min(most, member.options().batchSize()));
      }
    }
    return request(wanted);
  }

  private Request request(int wanted) {
    return new Request(wanted, bounds.first(), bounds.tail(), wantsSlots());
  }

  /**
   * Whether somebody here would work on slots. A pause counts after a while only: one that comes
   * and goes with the load is no reason to move them about.
   */
  private boolean wantsSlots() {
    if (stopped) {
      return false;
    }
    long nanos = wiring.nanos();
    for (int i = 0; i < members.size(); i++) {
      Member member = members.get(i);
      if (!member.over && !member.paused) {
        workedAt = nanos;
        worked = true;
      }
    }
    return worked && nanos - workedAt < PAUSE_NANOS;
  }

  /** The members that a worker should start for, in turn, so that none is always first. */
  List<Member> starting() {
    int ready = book.lanes.ready();
    if (ready == 0 || stopped || members.isEmpty()) {
      return List.of();
    }
    Lease head = Objects.requireNonNull(book.lanes.peek());
    List<Member> starting = new ArrayList<>(1);
    turn = (turn + 1) % members.size();
    for (int i = 0; i < members.size() && starting.size() < ready; i++) {
      Member member = members.get((turn + i) % members.size());
      if (member.isFree()
          && member.stalledAt != moves
          && idleWorkers(member) == 0
          && !shouldGoElsewhere(head, member)) {
        member.workers++;
        starting.add(member);
      }
    }
    return starting;
  }

  private static int idleWorkers(Member member) {
    return member.isAsync() ? member.workers : member.workers - member.running;
  }

  boolean isMoreFor(Member member) {
    return book.lanes.ready() > 0 && member.isFree() && idleWorkers(member) == 0;
  }

  /** Says whether a publish should wake this group; tells whether one came already. */
  boolean lookHungry() {
    return signal.hungry(book.lanes.ready() == 0 && !stopped && isAnyFree());
  }

  private boolean isAnyFree() {
    boolean free = false;
    for (int i = 0; i < members.size() && !free; i++) {
      free = members.get(i).isFree();
    }
    return free;
  }

  @Nullable Lease start(Member member, long nanos) {
    Lease lease = startIfAny(member, nanos);
    if (book.lanes.ready() == 0 && (lookHungry() || (lease != null && isBehind()))) {
      wake.run();
    }
    return lease;
  }

  /*
   * Whether somebody is free for what is there and unclaimed. A worker that came while the pump ran left with nothing, and
   * the pump claims no more while one event is ready, which is this one: nobody would look again before its handler is
   * through.
   */
  private boolean isBehind() {
    if (!isAnyFree()) {
      return false;
    }
    Request request = request();
    return request.wanted() > 0 && book.mayGain(request, wiring.now());
  }

  /**
   * Whether this process's claim may have passed to another; nothing starts then until it is
   * renewed.
   */
  boolean claimRanOut(long nanos) {
    return book.hasClaim() && nanos - claimEnds >= 0;
  }

  private @Nullable Lease startIfAny(Member member, long nanos) {
    Lease lease = book.lanes.peek();
    if (lease == null || stopped || !member.isFree() || shouldGoElsewhere(lease, member)) {
      return null;
    }
    if (claimRanOut(nanos)) {
      member.stalledAt = moves;
      return null;
    }
    member.began();
    if (!mayStart(lease, member)) {
      member.neverBegan();
      member.stalledAt = moves;
      return null;
    }
    moves++;
    long deadline = nanos + member.leaseNanos();
    book.leasing.start(lease, member, deadline);
    lease.running(true);
    member.running++;
    alarm.by(deadline, nanos);
    return lease;
  }

  /** An event whose lease expired goes to another subscriber, if there is one that is free. */
  private boolean shouldGoElsewhere(Lease lease, Member member) {
    return member.equals(book.leasing.lastOverran(lease))
        && members.stream().anyMatch(other -> !other.equals(member) && other.isFree());
  }

  private boolean mayStart(Lease lease, Member member) {
    Gate gate = member.gate();
    Unfinished entry = lease.entry;
    if (entry == null || !book.failures().mustRunAlone(entry)) {
      return gate.isFor(lease);
    }
    if (lonely != lease) {
      if (lonely != null && lonelyGate != null) {
        lonelyGate.open(lonely);
      }
      lonely = lease;
      lonelyGate = null;
      lonelySince = wiring.nanos();
    }
    if (lonelyGate != null && lonelyGate != gate) {
      return false;
    }
    if (!gate.close(lease, wake)) {
      return false;
    }
    lonelyGate = gate;
    if (!gate.isIdleBut(member)) {
      return false;
    }
    if (gate.recorded() && !entry.alone()) {
      book.leasing.markAlone(lease, wiring.now());
      wake.run();
      return false;
    }
    if (gate.recorded() && !book.leasing.isWritten(lease)) {
      return false;
    }
    lease.alone(true);
    lonely = null;
    lonelyGate = null;
    return true;
  }

  /** Others have waited long enough for an event that waits to be alone. */
  void giveUpLonely(long now) {
    Lease waits = lonely;
    Gate gate = lonelyGate;
    boolean gone = waits != null && (book.lanes.peek() != waits || members.isEmpty());
    if (waits == null
        || gate == null
        || (!gone && wiring.nanos() - lonelySince < ALONE_WAIT_NANOS)) {
      return;
    }
    lonely = null;
    lonelyGate = null;
    gate.open(waits);
    if (book.lanes.withdraw(waits.key()) != null) {
      book.leasing.handBack(waits, now + book.state().settings().backoff().max().toMillis(), now);
    }
  }

  /** When an event has waited long enough to be alone, in nanoseconds; null if none waits. */
  @Nullable Long lonelyUntil() {
    return lonelyGate == null ? null : lonelySince + ALONE_WAIT_NANOS;
  }
}
