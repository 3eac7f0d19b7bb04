package io.promlib.bus.internal;

import io.promlib.bus.EndReason;
import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.store.Bounds;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupStore.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps that call the stores: one caller at a time, each step at most one call. */
final class Pump {
  private static final Logger LOG = LoggerFactory.getLogger(Pump.class);

  /** What the pump asks of its group. */
  interface Group {
    void startWorker(Member member);

    void end(EndReason reason);

    void retire();

    void floorMoved();
  }

  private final GroupKey key;
  private final Wiring wiring;
  private final Reading reading;
  private final Burial burial;
  private final Alarm alarm;
  private final ReentrantLock lock;
  private final List<Member> members;
  private final Book book;
  private final Signal signal;
  private final Starter starter;
  private final Durables durables;
  private final Group group;
  private final Unwritten unwritten;
  private final StoreTrouble trouble;
  private final AtomicInteger wip = new AtomicInteger();
  private boolean reload;
  private boolean retired;
  private long loadedAt;

  /** When it was last looked at what is due, in epoch milliseconds. */
  private long lookedAt;

  Pump(
      GroupKey key,
      Wiring wiring,
      Alarm alarm,
      ReentrantLock lock,
      List<Member> members,
      Book book,
      Signal signal,
      Starter starter,
      Durables durables,
      Group group,
      DoubleSupplier chance) {
    this.key = key;
    this.wiring = wiring;
    LetterBox letters = new LetterBox(key.topic(), wiring);
    this.reading = new Reading(key, wiring, letters, lock, members, book);
    this.burial = new Burial(key, wiring, letters, lock, book);
    this.alarm = alarm;
    this.lock = lock;
    this.members = members;
    this.book = book;
    this.signal = signal;
    this.starter = starter;
    this.durables = durables;
    this.group = group;
    this.unwritten = new Unwritten(wiring, book, durables);
    this.trouble = new StoreTrouble("group " + key, LOG, chance);
    this.loadedAt = wiring.nanos();
  }

  /** Whether nothing is done here any more. Under the lock. */
  boolean isRetired() {
    return retired;
  }

  /** The state may have changed: it is loaded before anything else. Under the lock. */
  void reload() {
    reload = true;
  }

  /** Everything is written at once. Under the lock. */
  void flush() {
    unwritten.flush();
  }

  /** Something was settled: it is written in time, be there another reason to pump or not. */
  void noted(long nanos) {
    if (unwritten.isDelayed()) {
      if (unwritten.note(nanos)) {
        alarm.by(unwritten.dueAt(nanos), nanos);
      } else if (unwritten.isMuch()) {
        alarm.by(nanos, nanos);
      }
    }
  }

  /** Whether nobody steps. */
  boolean isIdle() {
    return wip.get() == 0;
  }

  /**
   * Time has passed: looks at what other processes did, if that was not done for long. Under the
   * lock.
   */
  void rang() {
    reload |= wiring.shared() && wiring.nanos() - loadedAt >= lookAgainNanos();
  }

  /** How often a group is looked at for what other processes did to it. */
  private long lookAgainNanos() {
    return wiring.claimLease().toNanos() / 10;
  }

  /**
   * Steps until there is nothing to do; with {@code asWorker}, gives the caller a member to work
   * for.
   */
  @Nullable Member run(boolean asWorker) {
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
          starting = starter.starting();
          again = starter.lookHungry() && well;
        } finally {
          lock.unlock();
        }
        for (Member member : starting) {
          if (asWorker && mine == null) {
            mine = member;
          } else {
            group.startWorker(member);
          }
        }
      } while (again);
      missed = wip.addAndGet(-missed);
    } while (missed != 0);
    return mine;
  }

  /** Tells whether the store answered. */
  private boolean steps() {
    long now = wiring.nanos();
    if (trouble.waits(now)) {
      alarm.by(trouble.until(), now);
      return false;
    }
    try {
      while (step()) {
        // each step says whether another may be of use
      }
      trouble.answered();
      setAlarm();
      return true;
    } catch (RuntimeException | Error e) {
      signal.grew();
      long nanos = wiring.nanos();
      long wait = trouble.failed(e, nanos);
      wiring.listener().onError(key.topic(), key.group(), e);
      alarm.in(wait, nanos);
      return false;
    }
  }

  private boolean step() {
    if (reload) {
      return load();
    }
    if (signal.takeGrown()) {
      Bounds seen = wiring.events().bounds(key.topic());
      lock.lock();
      try {
        starter.reaches(seen);
      } finally {
        lock.unlock();
      }
    }
    return readAhead()
        || write()
        || reading.readRetried()
        || reading.readFresh()
        || burial.deleteLetter()
        || burial.bury();
  }

  private boolean readAhead() {
    Request request;
    lock.lock();
    try {
      request = members.isEmpty() ? Request.NOTHING : starter.request();
    } finally {
      lock.unlock();
    }
    return reading.readAhead(request);
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
        book.loaded(stored.get());
        ended = sought && !members.isEmpty() ? EndReason.SOUGHT : null;
      }
    } finally {
      lock.unlock();
    }
    if (!book.isUnconfirmed()) {
      durables.written();
    }
    if (ended != null) {
      group.end(ended);
    }
    if (stored.isEmpty()) {
      group.retire();
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
      lookedAt = now;
      expired = expire(now);
      book.lanes.promote(now);
      starter.giveUpLonely(now);
      boolean release = members.isEmpty();
      retire = release && !retired && !book.hasLettersDue(now);
      Request request = release ? Request.NOTHING : starter.request();
      book.rebalance(request.wantsSlots(), now);
      boolean flush = unwritten.isDue(wiring.nanos()) || release || starter.isStopped();
      write = book.prepare(request, retire, flush, now);
      if (write != null) {
        unwritten.prepared();
      }
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
      durables.written();
      if (retire) {
        group.retire();
      }
      return false;
    }
    long floorBefore = book.state().floor();
    long nanos = wiring.nanos();
    Optional<Versioned> written;
    try {
      written = wiring.groups().compareAndSet(key, write.expected(), write.taken().state());
    } catch (RuntimeException | Error e) {
      lock.lock();
      try {
        book.doubted(write);
        unwritten.flush();
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
      starter.claimed(nanos + wiring.claimLease().toNanos());
      starter.moved();
    } finally {
      lock.unlock();
    }
    if (write.taken().skippedFrom() > 0) {
      reading.skipped(write.taken().skippedFrom(), write.taken().skippedTo());
    }
    durables.written();
    if (written.get().state().floor() > floorBefore) {
      group.floorMoved();
    }
    return true;
  }

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
        book.leasing.expire(lease, now);
      }
    }
    return expired;
  }

  private void refused() {
    lock.lock();
    try {
      book.refused();
      unwritten.flush();
      reload = true;
    } finally {
      lock.unlock();
    }
  }

  private void setAlarm() {
    lock.lock();
    try {
      long nanos = wiring.nanos();
      long due = book.nextDue(lookedAt);
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
      Long lonelyUntil = starter.lonelyUntil();
      if (lonelyUntil != null) {
        alarm.by(lonelyUntil, nanos);
      }
      if (unwritten.isAny()) {
        alarm.by(unwritten.dueAt(nanos), nanos);
      }
      long again = reading.waitsUntil(nanos);
      if (again != nanos) {
        alarm.by(again, nanos);
      }
      if (retired) {
        alarm.off();
      }
    } finally {
      lock.unlock();
    }
  }
}
