package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;

/** Acks that wait until they are written. */
final class Durables {
  /** An ack that waits for the write that holds it. */
  private record FlushWaiter(
      EventKey event, long round, AckResult result, CompletableFuture<AckResult> answer) {}

  private final ReentrantLock lock;
  private final Book book;
  private final List<FlushWaiter> flushWaiters = new ArrayList<>();

  Durables(ReentrantLock lock, Book book) {
    this.lock = lock;
    this.book = book;
  }

  /** The answer that this ack gets when it is known to stand. */
  CompletionStage<AckResult> add(Lease lease, AckResult result) {
    CompletableFuture<AckResult> answer = new CompletableFuture<>();
    lock.lock();
    try {
      flushWaiters.add(new FlushWaiter(lease.key(), book.round(), result, answer));
    } finally {
      lock.unlock();
    }
    return answer;
  }

  /** Whether somebody waits for acks to be written. Under the lock. */
  boolean areAwaited() {
    return !flushWaiters.isEmpty();
  }

  /** The state was written, loaded, or given up. */
  /* An acked event that is in the state still, with nothing left to write, was somebody else's by then. */
  void written() {
    List<FlushWaiter> through = new ArrayList<>();
    List<FlushWaiter> lost = new ArrayList<>();
    lock.lock();
    try {
      if (flushWaiters.isEmpty()) {
        return;
      }
      List<FlushWaiter> left = new ArrayList<>();
      for (FlushWaiter waiter : flushWaiters) {
        boolean gone = !Claims.contains(book.state(), waiter.event());
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
}
