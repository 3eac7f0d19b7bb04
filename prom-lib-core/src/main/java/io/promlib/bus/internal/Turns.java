package io.promlib.bus.internal;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks that are short and never block on one worker, one after another in the order they
 * came, so that many of them cost one hand-over. Safe for use by many threads.
 */
final class Turns {
  /*
   * `count` is how many were added and not yet taken: whoever adds the first one sends a worker, who goes when it took the
   * last. So there is a worker as long as something waits. What is counted was added before, so as many are there to take.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Turns.class);

  /** Something to do, once for each time it is given. */
  interface Task {
    void run();

    /** The workers took none; it is not run. */
    void refused(Throwable why);
  }

  private final Executor workers;
  private final Queue<Task> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();

  Turns(Executor workers) {
    this.workers = workers;
  }

  void give(Task task) {
    waiting.add(task);
    if (count.getAndIncrement() == 0) {
      try {
        workers.execute(() -> takeAll(Task::run));
      } catch (RuntimeException | Error e) {
        takeAll(refused -> refused.refused(e));
      }
    }
  }

  private void takeAll(Consumer<Task> how) {
    for (int due = count.get(); due != 0; due = count.addAndGet(-due)) {
      for (int i = 0; i < due; i++) {
        Task next = Objects.requireNonNull(waiting.poll());
        try {
          how.accept(next);
        } catch (RuntimeException | Error e) {
          LOG.error("{} failed", next, e);
        }
      }
    }
  }
}
