package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.Gathering;
import io.promlib.store.GroupKey;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of a group: they run handlers outside every lock and settle what handlers leave. */
final class Crew {
  private static final Logger LOG = LoggerFactory.getLogger(Crew.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  /** How many events a thread that acks is given at once. */
  private static final int MOST_HERE = 1000;

  /** What a handler's end came to. */
  private enum Settled {
    ACK,
    NACK,
    /** Otherwise, or before. */
    BEFORE
  }

  private final GroupKey key;
  private final Wiring wiring;
  private final Alarm alarm;
  private final ReentrantLock lock;
  private final List<Member> members;
  private final Book book;
  private final Starter starter;
  private final Pump pump;
  private final AtomicInteger wakeUps = new AtomicInteger();
  private final AtomicBoolean here = new AtomicBoolean();

  Crew(
      GroupKey key,
      Wiring wiring,
      Alarm alarm,
      ReentrantLock lock,
      List<Member> members,
      Book book,
      Starter starter,
      Pump pump) {
    this.key = key;
    this.wiring = wiring;
    this.alarm = alarm;
    this.lock = lock;
    this.members = members;
    this.book = book;
    this.starter = starter;
    this.pump = pump;
  }

  /** Something happened that may give work to do. */
  void wake() {
    if (wakeUps.getAndIncrement() == 0 && !run(this::woken)) {
      wakeUps.set(0);
    }
  }

  /**
   * {@link #wake} on this thread, which starts some of what the member may; only where nothing of
   * that may block. One thread at a time: who comes meanwhile, a handler among them, wakes a
   * worker.
   */
  void wakeHere(Member member) {
    if (here.compareAndSet(false, true)) {
      try {
        Member found = pumpAsWorker();
        if (found == member) {
          workHere(member);
        } else if (found != null) {
          startWorker(found);
        }
      } finally {
        here.set(false);
      }
    } else {
      wake();
    }
  }

  /*
   * The member's room is made anew by other threads meanwhile, and this one has its own work to do. If the workers take
   * nothing it goes on: the lease runs.
   */
  private void workHere(Member member) {
    Lease lease = next(member);
    for (int handled = 0; lease != null; handled++) {
      Lease started = lease;
      if (handled == MOST_HERE) {
        pause(member);
        if (run(() -> work(member, started))) {
          return;
        }
      }
      lease = handle(member, lease);
      if (lease == null) {
        pause(member);
        lease = next(member);
      }
    }
  }

  /**
   * Gives a task to the workers; false if they take it not, which is so when the bus was closed.
   */
  private boolean run(Runnable task) {
    try {
      wiring.workers().execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      if (!starter.isStopped()) {
        LOG.warn("group {}: the workers refused a task, trying again in {}", key, TRY_AGAIN, e);
        alarm.in(TRY_AGAIN.toNanos(), wiring.nanos());
      }
      return false;
    }
  }

  void startWorker(Member member) {
    if (!run(() -> work(member))) {
      lock.lock();
      try {
        member.workers--;
      } finally {
        lock.unlock();
      }
    }
  }

  private void woken() {
    wakeUps.set(0);
    Member member = pumpAsWorker();
    if (member != null) {
      work(member);
    }
  }

  /** A member to work for, if there is one. */
  private @Nullable Member pumpAsWorker() {
    lock.lock();
    try {
      starter.moved();
    } finally {
      lock.unlock();
    }
    return pump.run(true);
  }

  private void work(Member member) {
    work(member, next(member));
  }

  private void work(Member member, @Nullable Lease first) {
    Lease lease = first;
    while (lease != null) {
      lease = member.isAsync() ? startAsync(member, lease) : handle(member, lease);
      if (lease == null) {
        pause(member);
        lease = next(member);
      }
    }
  }

  /** What the worker looks for next may be in the store, so what was gathered goes before. */
  private void pause(Member member) {
    if (member.handler() instanceof Gathering gathering) {
      try {
        gathering.onPause();
      } catch (RuntimeException e) {
        LOG.warn("group {}: a handler failed at what it gathered", key, e);
      }
    }
  }

  /** The next event for a worker that has none; null ends it. */
  private @Nullable Lease next(Member member) {
    pump.run(false);
    Lease lease;
    boolean more;
    lock.lock();
    try {
      lease = starter.start(member, wiring.nanos());
      more = lease != null && callsOneMore(member);
      if (lease == null) {
        member.workers--;
        left(member);
      }
    } finally {
      lock.unlock();
    }
    if (more) {
      startWorker(member);
    }
    return lease;
  }

  /**
   * Each worker that found work calls one more while there is more, before its handler may block.
   */
  private boolean callsOneMore(Member member) {
    boolean more = starter.isMoreFor(member);
    if (more) {
      member.workers++;
    }
    return more;
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
      next = starter.start(member, nanos);
      more = next != null && callsOneMore(member);
    } finally {
      lock.unlock();
    }
    told(lease, settled, failure);
    if (more) {
      startWorker(member);
    }
    return next;
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
      return starter.start(member, wiring.nanos());
    } finally {
      lock.unlock();
    }
  }

  private void told(Lease lease, Settled settled, @Nullable Throwable failure) {
    if (failure != null) {
      LOG.warn("group {}: the handler failed on {}: {}", key, lease, failure.toString());
      LOG.debug("group {}: where it failed", key, failure);
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
    starter.took(member.leaseNanos() - (lease.deadline - nanos));
    member.running--;
    lease.running(false);
    boolean live = lease.state() == Lease.LEASED;
    if (!live) {
      member.rested(lease);
    }
    Settled settled = Settled.BEFORE;
    if (failure != null) {
      if (live) {
        book.leasing.nack(lease, Limits.reason(String.valueOf(failure)), null, wiring.now());
        settled = Settled.NACK;
      }
    } else if (!member.options().manualAck()) {
      if (live || (lease.state() == Lease.EXPIRED && !pump.isRetired())) {
        /* The time tells which of a lane is due; without lanes it is not needed. */
        long now = book.isOrdered() ? wiring.now() : 0;
        settled = book.leasing.ack(lease, now) == AckResult.OK ? Settled.ACK : Settled.BEFORE;
      }
    } else if (member.over && live) {
      long now = wiring.now();
      book.leasing.handBack(lease, now, now);
    }
    pump.noted(nanos);
    left(member);
    return settled;
  }

  /** Takes a member out when it is over and through. Under the lock. */
  void left(Member member) {
    if (member.over && member.running == 0) {
      members.remove(member);
      member.gate().leave(member);
    }
  }
}
