package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.EndReason;
import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.event.EventRecord;
import io.promlib.store.Extent;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Page;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A group at work in this process: the loop of steps, its members and their workers. */
final class GroupRuntime {
  /*
   * Three roles. A *worker* runs handlers of one member: it takes an event, runs the handler outside every lock, settles
   * it and takes the next. The *pump* does the steps that call the store, one caller at a time: whoever comes while it
   * runs leaves a mark and goes (`wip`), and the one inside goes round again. The *wake-up* starts a pump on a worker
   * thread, and is called when something happened that no worker will notice by itself.
   *
   * Nobody is forgotten: a worker that finds nothing pumps, and leaves only under the lock, when there is still nothing;
   * a pump ends by starting workers for what is ready. A publisher notes that the topic grew, then looks whether the
   * group is hungry; the pump says that it is hungry, then looks whether the topic grew. Both are volatile, so one of the
   * two sees the other. While every member is busy the group is not hungry, and a publish costs it two reads.
   */
  private static final Logger LOG = LoggerFactory.getLogger(GroupRuntime.class);
  private static final Duration RETRY_STORE = Duration.ofSeconds(1);

  /** What a process claims it should be able to start within this time. */
  private static final long SOON_NANOS = Duration.ofMillis(100).toNanos();

  private static final long ALONE_WAIT_NANOS = Duration.ofSeconds(5).toNanos();

  private final GroupKey key;
  private final Wiring wiring;
  private final TopicRuntime topic;
  private final LetterBox letters;
  private final Alarm alarm;
  private final String leasePrefix;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicInteger wip = new AtomicInteger();
  private final AtomicInteger wakeUps = new AtomicInteger();
  private final List<Member> members = new ArrayList<>();
  private final List<FlushWaiter> flushWaiters = new ArrayList<>();
  private final Book book;

  private final Signal signal = new Signal();
  private Extent extent = new Extent(1, 0, 0, 0);
  private boolean reload;
  private boolean retired;
  private boolean stopped;
  private long loadedAt;
  private long doubtedAt;

  /** Counts what may let an event start that could not before. */
  private long moves;

  private int turn;
  private long claimEnds;
  private long handlerNanos = SOON_NANOS;
  private @Nullable Lease lonely;
  private @Nullable Gate lonelyGate;
  private long lonelySince;

  GroupRuntime(GroupKey key, Versioned stored, Wiring wiring, TopicRuntime topic) {
    this.key = key;
    this.wiring = wiring;
    this.topic = topic;
    this.letters = new LetterBox(key.topic(), wiring);
    this.alarm = new Alarm(wiring.timing(), this::rang);
    this.loadedAt = wiring.nanos();
    ThreadLocalRandom random = ThreadLocalRandom.current();
    String token = Long.toString(random.nextLong() >>> 1, 36);
    this.leasePrefix = token + "-";
    signal.grew();
    this.book =
        new Book(
            stored,
            wiring.owner(),
            token,
            wiring.claimLease().toMillis(),
            Failures.of(
                key, stored.state().settings(), () -> ThreadLocalRandom.current().nextDouble()));
  }

  GroupKey key() {
    return key;
  }

  // ---------------------------------------------------------------- members

  /** Adds a subscriber; false if this runtime has ended, so that another has to be made. */
  boolean join(Member member) {
    lock.lock();
    try {
      if (retired) {
        return false;
      }
      members.add(member);
      member.gate().enter(member);
    } finally {
      lock.unlock();
    }
    wake();
    return true;
  }

  void pause(Member member, boolean paused) {
    lock.lock();
    try {
      member.paused = paused;
    } finally {
      lock.unlock();
    }
    if (!paused) {
      wake();
    }
  }

  /**
   * Ends a subscriber. Running handlers finish, unless it crashed; all else that it has goes back.
   */
  void leave(Member member, EndReason reason, boolean crashed) {
    lock.lock();
    try {
      if (member.over) {
        return;
      }
      member.over = true;
      giveUp(member, crashed, false);
      left(member);
    } finally {
      lock.unlock();
    }
    member.tell(reason);
    pump();
  }

  /** Starts nothing more. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
    } finally {
      lock.unlock();
    }
  }

  boolean isRunning() {
    lock.lock();
    try {
      return members.stream().anyMatch(member -> member.running > 0);
    } finally {
      lock.unlock();
    }
  }

  /** Ends every subscriber at once; what is leased goes back, also what still runs. */
  void end(EndReason reason) {
    List<Member> all;
    lock.lock();
    try {
      all = List.copyOf(members);
      for (Member member : all) {
        member.over = true;
        giveUp(member, false, true);
        members.remove(member);
        member.gate().leave(member);
      }
    } finally {
      lock.unlock();
    }
    all.forEach(member -> member.tell(reason));
    pump();
  }

  /** The group was sought or deleted: what is held here is void. */
  void lost(EndReason reason) {
    lock.lock();
    try {
      book.forget();
      reload = true;
    } finally {
      lock.unlock();
    }
    end(reason);
  }

  private void giveUp(Member member, boolean crashed, boolean alsoRunning) {
    long now = wiring.now();
    for (int i = book.leased.count() - 1; i >= 0; i--) {
      Lease lease = book.leased.get(i);
      if (lease.member != member) {
        continue;
      }
      if (crashed) {
        book.crash(lease, now);
      } else if (alsoRunning || !lease.running()) {
        book.handBack(lease, now, now);
      }
    }
  }

  private void left(Member member) {
    if (member.over && member.running == 0 && members.remove(member)) {
      member.gate().leave(member);
    }
  }

  int subscribers() {
    lock.lock();
    try {
      return members.size();
    } finally {
      lock.unlock();
    }
  }

  int inFlight() {
    lock.lock();
    try {
      return book.leased.count();
    } finally {
      lock.unlock();
    }
  }

  // ---------------------------------------------------------------- settling

  AckResult ack(Lease lease) {
    return settle(() -> book.ack(lease, wiring.now()), lease, Settled.ACK, "");
  }

  AckResult nack(Lease lease, String reason, @Nullable Duration delay) {
    String kept = Limits.reason(reason);
    return settle(() -> book.nack(lease, kept, delay, wiring.now()), lease, Settled.NACK, kept);
  }

  AckResult terminate(Lease lease, String reason) {
    String kept = Limits.reason(reason);
    return settle(() -> book.terminate(lease, kept, wiring.now()), lease, Settled.NACK, kept);
  }

  AckResult extend(Lease lease, Duration from) {
    lock.lock();
    try {
      boolean again = lease.state() == Lease.EXPIRED;
      if (retired || (again && (lease.member == null || lease.member.over))) {
        return AckResult.STALE_LEASE;
      }
      AckResult result = book.extend(lease, wiring.nanos() + from.toNanos(), wiring.now());
      if (result == AckResult.OK && again && lease.member != null) {
        lease.member.beganAgain(lease);
        wake();
      }
      if (result == AckResult.OK) {
        alarm.by(lease.deadline, wiring.nanos());
      }
      return result;
    } finally {
      lock.unlock();
    }
  }

  /** An ack that waits for the write that holds it. */
  private record FlushWaiter(
      EventKey event, long round, AckResult result, CompletableFuture<AckResult> answer) {}

  CompletionStage<AckResult> ackDurably(Lease lease) {
    AckResult result = ack(lease);
    if (result != AckResult.OK && result != AckResult.ALREADY_ACKED) {
      return CompletableFuture.completedFuture(result);
    }
    CompletableFuture<AckResult> answer = new CompletableFuture<>();
    lock.lock();
    try {
      flushWaiters.add(new FlushWaiter(lease.key(), book.round(), result, answer));
    } finally {
      lock.unlock();
    }
    wake();
    return answer;
  }

  Duration remaining(Lease lease) {
    lock.lock();
    try {
      return Duration.ofNanos(lease.deadline - wiring.nanos());
    } finally {
      lock.unlock();
    }
  }

  boolean isLost(Lease lease) {
    lock.lock();
    try {
      return retired
          || lease.state() != Lease.LEASED
          || lease.deadline - wiring.nanos() <= 0
          || book.isDoubtful(lease)
          || claimRanOut(wiring.nanos());
    } finally {
      lock.unlock();
    }
  }

  String leaseName(int number) {
    return leasePrefix + Integer.toUnsignedString(number, 36);
  }

  /** The live lease of this id and name; null if there is none. */
  @Nullable Lease find(String id, String lease) {
    lock.lock();
    try {
      Lease found = book.leased.find(id);
      return found != null && leaseName(found.number).equals(lease) ? found : null;
    } finally {
      lock.unlock();
    }
  }

  /** What became of an event that is not leased under the name asked for. */
  AckResult fate(EventRecord record) {
    lock.lock();
    try {
      return book.fate(new EventKey(record.seq(), 0));
    } finally {
      lock.unlock();
    }
  }

  private enum Settled {
    ACK,
    NACK,
    /** Otherwise, or before. */
    BEFORE
  }

  private interface Settling {
    AckResult now();
  }

  private AckResult settle(Settling settling, Lease lease, Settled kind, String reason) {
    AckResult result;
    int attempt = lease.attempt();
    lock.lock();
    try {
      if (retired && lease.state() == Lease.EXPIRED) {
        return AckResult.STALE_LEASE;
      }
      result = settling.now();
    } finally {
      lock.unlock();
    }
    if (result == AckResult.OK) {
      if (kind == Settled.ACK) {
        wiring.listener().onAck(key.group(), lease.record());
      } else {
        wiring.listener().onNack(key.group(), lease.record(), attempt, reason);
      }
      if (!lease.running() || kind == Settled.NACK) {
        wake();
      }
    }
    return result;
  }

  // ---------------------------------------------------------------- waking up

  /** The topic grew. */
  void appended() {
    if (signal.grew()) {
      wake();
    }
  }

  /** Somebody else changed the group. */
  void changedOutside() {
    lock.lock();
    try {
      reload = true;
    } finally {
      lock.unlock();
    }
    wake();
  }

  /** Pumps once more; false while another pump is at work. */
  boolean drained() {
    pump();
    return wip.get() == 0;
  }

  /** Something happened that may give work to do. */
  void wake() {
    if (wakeUps.getAndIncrement() == 0 && !run(this::pumpAsWorker)) {
      wakeUps.set(0);
    }
  }

  private void rang() {
    lock.lock();
    try {
      reload |= wiring.shared() && wiring.nanos() - loadedAt >= lookAgainNanos();
    } finally {
      lock.unlock();
    }
    wake();
  }

  /** How often a group is looked at for what other processes did to it. */
  private long lookAgainNanos() {
    return wiring.claimLease().toNanos() / 10;
  }

  /**
   * Gives a task to the workers; false if they take it not, which is so when the bus was closed.
   */
  private boolean run(Runnable task) {
    try {
      wiring.workers().execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      if (!stopped) {
        LOG.warn("group {}: the workers refused a task, trying again in {}", key, RETRY_STORE, e);
        alarm.in(RETRY_STORE.toNanos(), wiring.nanos());
      }
      return false;
    }
  }

  private void startWorker(Member member) {
    if (!run(() -> work(member))) {
      lock.lock();
      try {
        member.workers--;
      } finally {
        lock.unlock();
      }
    }
  }

  private void pumpAsWorker() {
    wakeUps.set(0);
    lock.lock();
    try {
      moves++;
    } finally {
      lock.unlock();
    }
    Member member = pump(true);
    if (member != null) {
      work(member);
    }
  }

  void pump() {
    pump(false);
  }

  /**
   * Steps until there is nothing to do; with {@code asWorker}, gives the caller a member to work
   * for.
   */
  private @Nullable Member pump(boolean asWorker) {
    if (wip.getAndIncrement() != 0) {
      return null;
    }
    Member mine = null;
    int missed = 1;
    do {
      boolean again;
      do {
        signal.hungry(false);
        boolean well = steps();
        List<Member> starting;
        lock.lock();
        try {
          starting = starting();
          again = lookHungry() && well;
        } finally {
          lock.unlock();
        }
        for (Member member : starting) {
          if (asWorker && mine == null) {
            mine = member;
          } else {
            startWorker(member);
          }
        }
      } while (again);
      missed = wip.addAndGet(-missed);
    } while (missed != 0);
    return mine;
  }

  /** Tells whether the store answered. */
  private boolean steps() {
    try {
      while (step()) {
        // each step says whether another may be of use
      }
      setAlarm();
      return true;
    } catch (RuntimeException | Error e) {
      signal.grew();
      LOG.warn("group {}: the store failed, trying again in {}", key, RETRY_STORE, e);
      wiring.listener().onError(key.topic(), key.group(), e);
      alarm.in(RETRY_STORE.toNanos(), wiring.nanos());
      return false;
    }
  }

  // ---------------------------------------------------------------- steps: at most one store call
  // each

  private boolean step() {
    if (reload) {
      return load();
    }
    if (signal.takeGrown()) {
      Extent seen = wiring.events().extent(key.topic());
      lock.lock();
      try {
        extent = seen;
      } finally {
        lock.unlock();
      }
    }
    return write() || readRetried() || readFresh() || deleteLetter() || bury();
  }

  private boolean load() {
    Optional<Versioned> stored = wiring.groups().load(key);
    EndReason ended = null;
    lock.lock();
    try {
      reload = false;
      loadedAt = wiring.nanos();
      if (stored.isEmpty()) {
        book.forget();
        ended = EndReason.DELETED;
        retired = true;
      } else {
        boolean sought = stored.get().state().seeks() != book.state().seeks();
        boolean had = book.hasClaim();
        book.loaded(stored.get());
        if (!had && book.hasClaim()) {
          claimEnds = doubtedAt + wiring.claimLease().toNanos();
        }
        ended = sought && !members.isEmpty() ? EndReason.SOUGHT : null;
      }
    } finally {
      lock.unlock();
    }
    flushed();
    if (ended != null) {
      end(ended);
    }
    if (stored.isEmpty()) {
      topic.retire(this);
    }
    return ended == null;
  }

  private boolean write() {
    Book.Write write;
    long now = wiring.now();
    long until = now + wiring.claimLease().toMillis();
    List<Lease> expired;
    boolean retire;
    lock.lock();
    try {
      expired = expire(now);
      book.lanes.promote(now);
      giveUpLonely(now);
      boolean release = members.isEmpty();
      retire = release && !retired && !book.hasLettersDue(now);
      write = book.prepare(release ? Request.NOTHING : request(), retire, now);
      if (write == null && retire && book.isClear()) {
        retired = true;
      }
    } finally {
      lock.unlock();
    }
    for (Lease lease : expired) {
      wiring.listener().onExpire(key.group(), lease.record(), lease.attempt());
    }
    if (write == null) {
      flushed();
      if (retire) {
        topic.retire(this);
      }
      return false;
    }
    long floorBefore = book.state().floor();
    long nanos = wiring.nanos();
    Optional<Versioned> written;
    try {
      written = wiring.groups().compareAndSet(key, write.expected(), write.taken().state());
    } catch (RuntimeException e) {
      lock.lock();
      try {
        book.doubted(write);
        doubtedAt = nanos;
        reload = true;
      } finally {
        lock.unlock();
      }
      throw e;
    }
    if (written.isEmpty()) {
      refused();
      return true;
    }
    lock.lock();
    try {
      book.written(written.get(), write.taken(), until);
      claimEnds = nanos + wiring.claimLease().toNanos();
      moves++;
    } finally {
      lock.unlock();
    }
    if (write.taken().skippedFrom() > 0) {
      skipped(write.taken().skippedFrom(), write.taken().skippedTo());
    }
    flushed();
    if (written.get().state().floor() > floorBefore) {
      topic.floorMoved();
    }
    return true;
  }

  private void refused() {
    lock.lock();
    try {
      book.refused();
      reload = true;
    } finally {
      lock.unlock();
    }
  }

  private boolean readRetried() {
    Unfinished next;
    lock.lock();
    try {
      next = book.unreadRetried.peek();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return false;
    }
    EventRecord record = null;
    long first = 0;
    if (next.letter() > 0) {
      record = letters.original(next.letter());
    } else {
      Page page = wiring.events().read(key.topic(), next.seq(), 1);
      first = page.first();
      record =
          page.events().isEmpty() || page.events().get(0).seq() != next.seq()
              ? null
              : page.events().get(0);
    }
    /* What was claimed and never read before a crash was not filtered either. */
    boolean refused = record != null && next.letter() == 0 && wanted(List.of(record)).isEmpty();
    long now = wiring.now();
    lock.lock();
    try {
      if (!next.equals(book.unreadRetried.peek())) {
        return true;
      }
      if (record != null && next.fatal() != null) {
        book.readFatal(record, now);
      } else {
        book.readRetried(refused ? null : record, now);
      }
    } finally {
      lock.unlock();
    }
    if (record == null && next.letter() == 0 && next.seq() < first) {
      skipped(next.seq(), next.seq());
    }
    return true;
  }

  private boolean readFresh() {
    long from;
    long to;
    lock.lock();
    try {
      from = book.unreadFresh.first(0);
      to = book.unreadFresh.firstRunEnd(-1);
    } finally {
      lock.unlock();
    }
    if (to < from) {
      return false;
    }
    int limit = (int) Math.min(to - from + 1, GroupSteps.MAX_UNFINISHED);
    Page page = wiring.events().read(key.topic(), from, limit);
    List<EventRecord> events = page.events();
    /* A full page covers up to its last event; one that is not full all that was there when the read began. */
    long covered = events.size() < limit ? page.tail() : events.get(events.size() - 1).seq();
    covered = Math.min(covered, to);
    if (covered < from) {
      return false;
    }
    List<EventRecord> wanted = wanted(events);
    long now = wiring.now();
    lock.lock();
    try {
      if (book.unreadFresh.first(0) == from) {
        book.readFresh(wanted, covered, now);
      }
    } finally {
      lock.unlock();
    }
    long lostTo = Math.min(page.first() - 1, covered);
    long lostFrom = events.isEmpty() || events.get(0).seq() > from ? from : lostTo + 1;
    if (!events.isEmpty()) {
      lostTo = Math.min(lostTo, events.get(0).seq() - 1);
    }
    if (lostTo >= lostFrom) {
      skipped(lostFrom, lostTo);
    }
    return true;
  }

  private List<EventRecord> wanted(List<EventRecord> events) {
    Filter filter = book.state().settings().filter();
    if (filter instanceof Filter.All) {
      return events;
    }
    Predicate<EventRecord> accepts =
        filter instanceof Filter.Match match ? match::matches : predicate();
    List<EventRecord> wanted = new ArrayList<>(events.size());
    for (EventRecord event : events) {
      if (accepts(accepts, event)) {
        wanted.add(event);
      }
    }
    return wanted;
  }

  /* What a predicate cannot judge is delivered: it must neither be stepped over nor hold up the rest. */
  private boolean accepts(Predicate<EventRecord> predicate, EventRecord event) {
    try {
      return predicate.test(event);
    } catch (RuntimeException e) {
      LOG.warn("group {}: the filter failed on event {}, which is delivered", key, event.id(), e);
      return true;
    }
  }

  private Predicate<EventRecord> predicate() {
    lock.lock();
    try {
      for (Member member : members) {
        Predicate<EventRecord> predicate = member.options().predicate();
        if (predicate != null) {
          return predicate;
        }
      }
      return event -> true;
    } finally {
      lock.unlock();
    }
  }

  private boolean deleteLetter() {
    Book.Fatal done;
    lock.lock();
    try {
      done = book.doneLetters.peek();
    } finally {
      lock.unlock();
    }
    if (done == null) {
      return false;
    }
    letters.delete(done.entry().letter());
    lock.lock();
    try {
      book.letterGone(done, wiring.now());
    } finally {
      lock.unlock();
    }
    return true;
  }

  private boolean bury() {
    Book.Fatal next = null;
    long now = wiring.now();
    GroupState state;
    lock.lock();
    try {
      for (Book.Fatal event : book.fatal) {
        if (event.entry().due() <= now) {
          next = event;
          break;
        }
      }
      state = book.state();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return false;
    }
    boolean buried = letters.add(key.group(), state.seeks(), next.record(), next.entry(), now);
    lock.lock();
    try {
      if (!buried) {
        book.notBuried(next, now + state.settings().backoff().max().toMillis());
      } else if (next.entry().letter() > 0) {
        book.fatal.remove(next);
        book.doneLetters.add(next);
      } else {
        book.buried(next, now);
      }
    } finally {
      lock.unlock();
    }
    if (buried) {
      wiring
          .listener()
          .onDeadLetter(
              key.group(),
              next.record(),
              next.entry().failures(),
              String.valueOf(next.entry().fatal()));
    }
    return true;
  }

  private void skipped(long from, long to) {
    LOG.warn("group {} lost positions {} to {} to retention", key, from, to);
    wiring.listener().onSkip(key.topic(), key.group(), from, to);
    List<Member> all;
    lock.lock();
    try {
      all = List.copyOf(members);
    } finally {
      lock.unlock();
    }
    for (Member member : all) {
      try {
        member.options().gapListener().onGap(from, to);
      } catch (RuntimeException e) {
        LOG.warn("group {}: a gap listener failed", key, e);
      }
    }
  }

  /* An acked event that is in the state still, with nothing left to write, was somebody else's by then. */
  private void flushed() {
    List<FlushWaiter> through = new ArrayList<>();
    List<FlushWaiter> lost = new ArrayList<>();
    lock.lock();
    try {
      if (flushWaiters.isEmpty()) {
        return;
      }
      List<FlushWaiter> left = new ArrayList<>();
      for (FlushWaiter waiter : flushWaiters) {
        boolean gone = !GroupSteps.contains(book.state(), waiter.event());
        boolean pending = !gone && book.isPending(waiter.event(), waiter.round());
        (gone ? through : pending ? left : lost).add(waiter);
      }
      flushWaiters.clear();
      flushWaiters.addAll(left);
    } finally {
      lock.unlock();
    }
    through.forEach(waiter -> waiter.answer().complete(waiter.result()));
    lost.forEach(waiter -> waiter.answer().complete(AckResult.STALE_LEASE));
  }

  // ---------------------------------------------------------------- decisions under the lock

  private List<Lease> expire(long now) {
    long nanos = wiring.nanos();
    if (book.leased.count() == 0 || book.leased.firstDeadline(nanos) - nanos > 0) {
      return List.of();
    }
    List<Lease> expired = new ArrayList<>();
    for (int i = book.leased.count() - 1; i >= 0; i--) {
      Lease lease = book.leased.get(i);
      if (lease.deadline - nanos <= 0) {
        expired.add(lease);
        book.expire(lease, now);
      }
    }
    return expired;
  }

  /**
   * Asks for more when nothing is ready: as much as handlers of the speed seen lately start soon,
   * so that what is claimed is not kept from other processes.
   */
  private Request request() {
    if (stopped || book.lanes.ready() > 0 || !book.unreadFresh.isEmpty()) {
      return Request.NOTHING;
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
    return wanted == 0 ? Request.NOTHING : new Request(wanted, extent.first(), extent.tail());
  }

  /** The members that a worker should start for, in turn, so that none is always first. */
  private List<Member> starting() {
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

  /** Says whether a publish should wake this group; tells whether one came already. */
  private boolean lookHungry() {
    boolean hungers = false;
    if (book.lanes.ready() == 0 && !stopped) {
      for (int i = 0; i < members.size() && !hungers; i++) {
        hungers = members.get(i).isFree();
      }
    }
    return signal.hungry(hungers);
  }

  private @Nullable Lease start(Member member, long nanos) {
    Lease lease = startIfAny(member, nanos);
    if (book.lanes.ready() == 0) {
      if (lookHungry()) {
        wake();
      }
    }
    return lease;
  }

  /**
   * Whether this process's claim may have passed to another; nothing starts then until it is
   * renewed.
   */
  private boolean claimRanOut(long nanos) {
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
    book.start(lease, member, deadline);
    lease.running(true);
    member.running++;
    alarm.by(deadline, nanos);
    return lease;
  }

  /** An event whose lease expired goes to another subscriber, if there is one that is free. */
  private boolean shouldGoElsewhere(Lease lease, Member member) {
    return member.equals(book.lastOverran(lease))
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
    if (!gate.close(lease, this::wake)) {
      return false;
    }
    lonelyGate = gate;
    if (!gate.isIdleBut(member)) {
      return false;
    }
    if (gate.recorded() && !entry.alone()) {
      book.markAlone(lease, wiring.now());
      wake();
      return false;
    }
    if (gate.recorded() && !book.isWritten(lease)) {
      return false;
    }
    lease.alone(true);
    lonely = null;
    lonelyGate = null;
    return true;
  }

  /** Others have waited long enough for an event that waits to be alone. */
  private void giveUpLonely(long now) {
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
      book.handBack(waits, now + book.state().settings().backoff().max().toMillis(), now);
    }
  }

  private void setAlarm() {
    lock.lock();
    try {
      long nanos = wiring.nanos();
      long due = book.nextDue();
      if (due != Long.MAX_VALUE && !retired) {
        long wait = Math.max(1, Math.min(due - wiring.now(), Duration.ofDays(1).toMillis()));
        alarm.by(nanos + Duration.ofMillis(wait).toNanos(), nanos);
      }
      if (book.leased.count() > 0) {
        alarm.by(book.leased.firstDeadline(nanos), nanos);
      }
      if (wiring.shared() && !members.isEmpty()) {
        alarm.by(nanos + lookAgainNanos(), nanos);
      }
      if (lonelyGate != null) {
        alarm.by(lonelySince + ALONE_WAIT_NANOS, nanos);
      }
      if (retired) {
        alarm.off();
      }
    } finally {
      lock.unlock();
    }
  }

  // ---------------------------------------------------------------- workers

  private void work(Member member) {
    Lease lease = next(member);
    while (lease != null) {
      lease = member.isAsync() ? startAsync(member, lease) : handle(member, lease);
      if (lease == null) {
        lease = next(member);
      }
    }
  }

  /** The next event for a worker that has none; null ends it. */
  private @Nullable Lease next(Member member) {
    pump();
    lock.lock();
    try {
      Lease lease = start(member, wiring.nanos());
      if (lease == null) {
        member.workers--;
        left(member);
      }
      return lease;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Lease handle(Member member, Lease lease) {
    Throwable failure = call(member, lease);
    long nanos = wiring.nanos();
    Lease next;
    Settled settled;
    boolean more;
    lock.lock();
    try {
      settled = finish(member, lease, failure, nanos);
      next = start(member, nanos);
      more = next != null && isMoreFor(member);
      if (more) {
        member.workers++;
      }
    } finally {
      lock.unlock();
    }
    told(lease, settled, failure);
    if (more) {
      startWorker(member);
    }
    return next;
  }

  private boolean isMoreFor(Member member) {
    return book.lanes.ready() > 0 && member.isFree() && idleWorkers(member) == 0;
  }

  private @Nullable Throwable call(Member member, Lease lease) {
    wiring.listener().onDeliver(key.group(), lease.record(), lease.attempt());
    long started = wiring.isHeard() ? wiring.nanos() : 0;
    try {
      member.handler().handle(lease);
      return null;
    } catch (Throwable failure) {
      if (failure instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      return failure;
    } finally {
      if (wiring.isHeard()) {
        handled(lease, started);
      }
    }
  }

  private void handled(Lease lease, long started) {
    Duration took = Duration.ofNanos(wiring.nanos() - started);
    wiring.listener().onHandled(key.group(), lease.record(), took);
  }

  private @Nullable Lease startAsync(Member member, Lease lease) {
    wiring.listener().onDeliver(key.group(), lease.record(), lease.attempt());
    long started = wiring.nanos();
    CompletionStage<?> stage;
    try {
      stage = ((AsyncHandler<Object>) member.handler()).work().start(lease);
      Objects.requireNonNull(stage, "an asynchronous handler must return a stage");
    } catch (Throwable failure) {
      stage = CompletableFuture.failedFuture(failure);
    }
    stage.whenComplete(
        (done, failure) -> {
          Settled settled;
          lock.lock();
          try {
            settled = finish(member, lease, failure, wiring.nanos());
          } finally {
            lock.unlock();
          }
          if (wiring.isHeard()) {
            handled(lease, started);
          }
          told(lease, settled, failure);
          wake();
        });
    lock.lock();
    try {
      return start(member, wiring.nanos());
    } finally {
      lock.unlock();
    }
  }

  private void told(Lease lease, Settled settled, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("group {}: the handler failed on event {}", key, lease.record().id(), failure);
    }
    if (settled == Settled.NACK) {
      String reason = Limits.reason(String.valueOf(failure));
      wiring.listener().onNack(key.group(), lease.record(), lease.attempt(), reason);
    } else if (settled == Settled.ACK) {
      wiring.listener().onAck(key.group(), lease.record());
    }
  }

  /** The handler is through: settles what it has not settled itself, and tells what that was. */
  private Settled finish(Member member, Lease lease, @Nullable Throwable failure, long nanos) {
    long took = member.leaseNanos() - (lease.deadline - nanos);
    handlerNanos += (Math.max(0, took) - handlerNanos) / 4;
    member.running--;
    lease.running(false);
    boolean live = lease.state() == Lease.LEASED;
    if (!live) {
      member.rested(lease);
    }
    Settled settled = Settled.BEFORE;
    if (failure != null) {
      if (live) {
        book.nack(lease, Limits.reason(String.valueOf(failure)), null, wiring.now());
        settled = Settled.NACK;
      }
    } else if (!member.options().manualAck()) {
      if (live || (lease.state() == Lease.EXPIRED && !retired)) {
        /* The time tells which of a lane is due; without lanes it is not needed. */
        long now = book.isOrdered() ? wiring.now() : 0;
        settled = book.ack(lease, now) == AckResult.OK ? Settled.ACK : Settled.BEFORE;
      }
    } else if (member.over && live) {
      long now = wiring.now();
      book.handBack(lease, now, now);
    }
    left(member);
    return settled;
  }
}
