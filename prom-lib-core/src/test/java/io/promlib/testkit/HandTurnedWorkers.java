package io.promlib.testkit;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks when a test says so, on the test's own thread, in the order they came. A task may run
 * others while it runs itself: so a test has two handlers at work at once on one thread.
 */
public final class HandTurnedWorkers implements Executor {
  private static final int TOO_MANY = 100_000;

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private boolean killed;

  @Override
  public synchronized void execute(Runnable task) {
    if (!killed) {
      tasks.add(task);
    }
  }

  /** Runs the oldest task; false if there is none. */
  public boolean runOne() {
    Runnable task = next();
    if (task != null) {
      task.run();
    }
    return task != null;
  }

  /**
   * Runs what waits, and what that adds, until nothing is left; returns how many tasks it ran.
   * Fails if they go on for ever.
   */
  public int runAll() {
    int count = 0;
    while (runOne()) {
      if (++count == TOO_MANY) {
        throw new AssertionError(TOO_MANY + " tasks ran and there are more: something spins");
      }
    }
    return count;
  }

  /** How many tasks wait. */
  public synchronized int waiting() {
    return tasks.size();
  }

  /** As if the process were killed: nothing that waits or comes is ever run. */
  public synchronized void kill() {
    killed = true;
    tasks.clear();
  }

  private synchronized @Nullable Runnable next() {
    return tasks.poll();
  }
}
