package io.promlib.testkit;

import io.promlib.time.Timing;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Clocks that stand still until a test turns them. Safe for use by many threads; tasks run on the
 * thread that turns the clock, never under a lock of it, and must not turn it themselves.
 */
public final class ManualClock implements Timing {
  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          Comparator.comparingLong((Task task) -> task.due).thenComparing(task -> task.number));
  private Instant wall;
  private long nanos;
  private long target;
  private long scheduled;
  private boolean closed;

  /** A clock that shows the start of 2025, UTC. */
  public ManualClock() {
    this(Instant.parse("2025-01-01T00:00:00Z"));
  }

  /** A clock whose wall time begins here; the monotonic one begins at 0. */
  public ManualClock(Instant start) {
    wall = start;
  }

  @Override
  public InstantSource wall() {
    return this::now;
  }

  @Override
  public synchronized long nanos() {
    return nanos;
  }

  /**
   * {@inheritDoc} A task without delay, too, waits for the next {@link #advance}, be it by nothing.
   */
  @Override
  public synchronized Alarm schedule(Runnable task, Duration delay) {
    Task added = new Task(task, nanos + Math.max(0, delay.toNanos()), scheduled++);
    if (!closed) {
      tasks.add(added);
    }
    return () -> cancel(added);
  }

  /**
   * Turns both clocks forward and runs what comes due, in the order of due times, each with the
   * clocks at its due time; tasks that these schedule run too if they come due. What a task throws
   * is thrown here, with the clocks at that time.
   */
  public void advance(Duration by) {
    if (by.isNegative()) {
      throw new IllegalArgumentException(
          "the monotonic clock cannot go back by " + by + "; see jumpWall");
    }
    long end;
    synchronized (this) {
      target = Math.max(target, nanos) + by.toNanos();
      end = target;
    }
    for (Task due = nextUntil(end); due != null; due = nextUntil(end)) {
      boolean ended = false;
      try {
        due.work.run();
        ended = true;
      } finally {
        if (!ended) {
          stopHere();
        }
      }
    }
  }

  /**
   * Sets the wall clock forward or, if negative, backward; the monotonic clock stays, and nothing
   * runs.
   */
  public synchronized void jumpWall(Duration by) {
    wall = wall.plus(by);
  }

  /** How many tasks wait. */
  public synchronized int pending() {
    return tasks.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    tasks.clear();
  }

  private synchronized Instant now() {
    return wall;
  }

  private synchronized void cancel(Task task) {
    tasks.remove(task);
  }

  private synchronized void stopHere() {
    target = nanos;
  }

  private synchronized @Nullable Task nextUntil(long end) {
    Task next = tasks.peek();
    if (next == null || next.due > end) {
      moveTo(end);
      return null;
    }
    tasks.remove();
    moveTo(next.due);
    return next;
  }

  private void moveTo(long time) {
    if (time > nanos) {
      wall = wall.plusNanos(time - nanos);
      nanos = time;
    }
  }

  private static final class Task {
    private final Runnable work;
    private final long due;
    private final long number;

    Task(Runnable work, long due, long number) {
      this.work = work;
      this.due = due;
      this.number = number;
    }
  }
}
