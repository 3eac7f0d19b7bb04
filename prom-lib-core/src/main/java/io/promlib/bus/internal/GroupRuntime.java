package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.EndReason;
import io.promlib.event.EventRecord;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A group at work in this process: its members, and the parts that work for them. */
final class GroupRuntime {
  /*
   * The parts share `lock`, `book` and `members`. The `Crew` are workers: each takes an event, runs its handler outside
   * every lock, settles it and takes the next. The `Pump` does the steps that call the stores, one caller at a time:
   * whoever comes while it runs leaves a mark and goes, and the one inside goes round again. The `Starter` decides what
   * starts next. A wake-up pumps on a worker thread, for what no worker will notice by itself.
   *
   * Nobody is forgotten: a worker that finds nothing pumps, and leaves only under the lock, when there is still nothing;
   * a pump ends by starting workers for what is ready. A publisher notes that the topic grew, then looks whether the
   * group is hungry; the pump says that it is hungry, then looks whether the topic grew. Both are volatile, so one of the
   * two sees the other. While every member is busy the group is not hungry, and a publish costs it two reads.
   */
  private final GroupKey key;
  private final GroupSettings settings;
  private final Wiring wiring;
  private final TopicRuntime topic;
  private final Alarm alarm;
  private final LeaseNames names;
  private final ReentrantLock lock = new ReentrantLock();
  private final List<Member> members = new ArrayList<>();
  private final Signal signal = new Signal();
  private final Book book;
  private final Starter starter;
  private final Durables durables;
  private final Pump pump;
  private final Crew crew;

  /** Whether an ack may start what is next itself. Written under the lock. */
  private volatile boolean prompt;

  GroupRuntime(GroupKey key, Versioned stored, Wiring wiring, TopicRuntime topic) {
    this.key = key;
    this.settings = stored.state().settings();
    this.wiring = wiring;
    this.topic = topic;
    this.alarm = new Alarm(wiring.timing(), this::rang);
    DoubleSupplier chance = () -> ThreadLocalRandom.current().nextDouble();
    String token = Long.toString(ThreadLocalRandom.current().nextLong() >>> 1, 36);
    this.names = new LeaseNames(token + "-");
    signal.grew();
    this.book =
        new Book(
            stored,
            wiring.owner(),
            token,
            wiring.claimLease().toMillis(),
            Failures.of(key, stored.state().settings(), chance));
    this.starter = new Starter(wiring, book, members, signal, alarm, this::wake);
    this.durables = new Durables(lock, book);
    this.pump =
        new Pump(
            key,
            wiring,
            alarm,
            lock,
            members,
            book,
            signal,
            starter,
            durables,
            new PumpedGroup(),
            chance);
    this.crew = new Crew(key, wiring, alarm, lock, members, book, starter, pump);
  }

  private final class PumpedGroup implements Pump.Group {
    @Override
    public void startWorker(Member member) {
      crew.startWorker(member);
    }

    @Override
    public void end(EndReason reason) {
      GroupRuntime.this.end(reason);
    }

    @Override
    public void retire() {
      topic.retire(GroupRuntime.this);
    }

    @Override
    public void floorMoved() {
      topic.floorMoved();
    }
  }

  GroupKey key() {
    return key;
  }

  GroupSettings settings() {
    return settings;
  }

  /** Adds a subscriber; false if this runtime has ended, so that another has to be made. */
  boolean join(Member member) {
    lock.lock();
    try {
      if (pump.isRetired()) {
        return false;
      }
      members.add(member);
      seeWhoBlocks();
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
      book.leasing.giveUp(member, crashed, false, wiring.now());
      crew.left(member);
      seeWhoBlocks();
      pump.flush();
    } finally {
      lock.unlock();
    }
    member.tell(reason);
    pump();
  }

  private void seeWhoBlocks() {
    prompt = wiring.storesArePrompt() && members.stream().allMatch(Member::isPrompt);
  }

  /** Starts nothing more. */
  void stop() {
    lock.lock();
    try {
      starter.stop();
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
    endMembers(reason);
    pump();
  }

  /** {@link #end} without a call of the store: {@link #drained} does that. */
  void endMembers(EndReason reason) {
    List<Member> all;
    lock.lock();
    try {
      all = List.copyOf(members);
      for (Member member : all) {
        member.over = true;
        book.leasing.giveUp(member, false, true, wiring.now());
        members.remove(member);
        crew.left(member);
      }
      pump.flush();
    } finally {
      lock.unlock();
    }
    all.forEach(member -> member.tell(reason));
  }

  /** The group was sought or deleted: what is held here is void. */
  void lost(EndReason reason) {
    lock.lock();
    try {
      book.forget();
      pump.reload();
    } finally {
      lock.unlock();
    }
    end(reason);
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

  AckResult ack(Lease lease) {
    AckResult result = settle(lease, () -> book.leasing.ack(lease, wiring.now()));
    if (result == AckResult.OK) {
      wiring.listener().onAck(key.group(), lease.record());
      if (!lease.running() && lease.member != null) {
        goOn(lease.member);
      }
    }
    return result;
  }

  /** As one step, for a member. */
  List<AckResult> ack(Member member, List<Lease> leases) {
    if (leases.isEmpty()) {
      return List.of();
    }
    List<AckResult> results = new ArrayList<>(leases.size());
    boolean more = false;
    lock.lock();
    try {
      long now = wiring.now();
      for (Lease lease : leases) {
        AckResult result = isOver(lease) ? AckResult.STALE_LEASE : book.leasing.ack(lease, now);
        more |= result == AckResult.OK && !lease.running();
        results.add(result);
      }
      pump.noted(wiring.nanos());
    } finally {
      lock.unlock();
    }
    for (int i = 0; i < leases.size(); i++) {
      if (results.get(i) == AckResult.OK) {
        wiring.listener().onAck(key.group(), leases.get(i).record());
      }
    }
    if (more) {
      goOn(member);
    }
    return results;
  }

  /** A member has room for more. */
  private void goOn(Member member) {
    if (prompt) {
      crew.wakeHere(member);
    } else {
      wake();
    }
  }

  private boolean isOver(Lease lease) {
    return pump.isRetired() && lease.state() == Lease.EXPIRED;
  }

  AckResult nack(Lease lease, String reason, @Nullable Duration delay) {
    String kept = Limits.reason(reason);
    return fail(lease, kept, () -> book.leasing.nack(lease, kept, delay, wiring.now()));
  }

  AckResult terminate(Lease lease, String reason) {
    String kept = Limits.reason(reason);
    return fail(lease, kept, () -> book.leasing.terminate(lease, kept, wiring.now()));
  }

  private AckResult fail(Lease lease, String reason, Supplier<AckResult> failing) {
    int attempt = lease.attempt();
    AckResult result = settle(lease, failing);
    if (result == AckResult.OK) {
      wiring.listener().onNack(key.group(), lease.record(), attempt, reason);
      wake();
    }
    return result;
  }

  AckResult handBack(Lease lease, Duration after) {
    AckResult result = settle(lease, () -> book.leasing.handBack(lease, after, wiring.now()));
    if (result == AckResult.OK) {
      wake();
    }
    return result;
  }

  AckResult extend(Lease lease, Duration from) {
    lock.lock();
    try {
      boolean again = lease.state() == Lease.EXPIRED;
      if (pump.isRetired() || (again && (lease.member == null || lease.member.over))) {
        return AckResult.STALE_LEASE;
      }
      AckResult result = book.leasing.extend(lease, wiring.nanos() + from.toNanos(), wiring.now());
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

  CompletionStage<AckResult> ackDurably(Lease lease) {
    AckResult result = ack(lease);
    if (result != AckResult.OK && result != AckResult.ALREADY_ACKED) {
      return CompletableFuture.completedFuture(result);
    }
    CompletionStage<AckResult> answer = durables.add(lease, result);
    wake();
    return answer;
  }

  private AckResult settle(Lease lease, Supplier<AckResult> settling) {
    lock.lock();
    try {
      if (isOver(lease)) {
        return AckResult.STALE_LEASE;
      }
      AckResult result = settling.get();
      pump.noted(wiring.nanos());
      return result;
    } finally {
      lock.unlock();
    }
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
      return pump.isRetired()
          || lease.state() != Lease.LEASED
          || lease.deadline - wiring.nanos() <= 0
          || book.leasing.isDoubtful(lease)
          || starter.claimRanOut(wiring.nanos());
    } finally {
      lock.unlock();
    }
  }

  String leaseName(int number) {
    return names.of(number);
  }

  /** The lease of this id and name, live or expired lately; null if there is none. */
  @Nullable Lease find(String id, String lease) {
    Integer number = names.number(lease);
    if (number == null) {
      return null;
    }
    lock.lock();
    try {
      return book.leasing.find(id, number);
    } finally {
      lock.unlock();
    }
  }

  /** What became of an event that is not leased under the name asked for. */
  AckResult fate(EventRecord record) {
    lock.lock();
    try {
      return book.fates().of(record);
    } finally {
      lock.unlock();
    }
  }

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
      pump.reload();
    } finally {
      lock.unlock();
    }
    wake();
  }

  /** Writes what is not written yet. */
  void flush() {
    lock.lock();
    try {
      pump.flush();
    } finally {
      lock.unlock();
    }
    pump();
  }

  /** The state last seen. */
  GroupState state() {
    lock.lock();
    try {
      return book.state();
    } finally {
      lock.unlock();
    }
  }

  /** Pumps once more; tells whether all is written and handed back. */
  boolean drained() {
    if (isRetired()) {
      return true;
    }
    flush();
    return isRetired() && pump.isIdle();
  }

  private boolean isRetired() {
    lock.lock();
    try {
      return pump.isRetired();
    } finally {
      lock.unlock();
    }
  }

  private void rang() {
    lock.lock();
    try {
      pump.rang();
    } finally {
      lock.unlock();
    }
    wake();
  }

  /** Something happened that may give work to do. */
  void wake() {
    crew.wake();
  }

  /** Does what there is to do with the stores; what starts by it runs elsewhere. */
  void pump() {
    pump.run(false);
  }
}
