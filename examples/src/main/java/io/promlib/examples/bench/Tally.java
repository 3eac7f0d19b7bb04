package io.promlib.examples.bench;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Counts what was handled, and bounds what is in flight for contenders that do not do so
 * themselves.
 *
 * <p>A cell counts the events of one publisher that one group handled. Only that group's subscriber
 * writes it, one event after another, so a plain read and an ordered write are enough; the
 * publisher reads its own cells when its window is used up, and cells are a cache line apart.
 */
final class Tally {
  private static final int STRIDE = 16;
  private static final long FULL_WAIT_NANOS = 20_000;

  private final int groups;
  private final int window;
  private final AtomicLongArray cells;
  private final Histogram[] latencies;
  private volatile long recordFrom = Long.MAX_VALUE;
  private volatile long recordUntil = Long.MAX_VALUE;

  /** The window is how many events each publisher may have in flight. */
  Tally(Workload workload, int window) {
    groups = workload.groups();
    this.window = window;
    cells = new AtomicLongArray(workload.publishers() * groups * STRIDE);
    latencies = new Histogram[workload.topics() * groups];
    for (int i = 0; i < latencies.length; i++) {
      latencies[i] = new Histogram(60_000_000_000L, 3);
    }
  }

  /** A group handled an event. Called by one thread at a time for each group of a topic. */
  void handled(int topic, int group, Sample sample) {
    long due = sample.due();
    if (due >= recordFrom && due < recordUntil) {
      latencies[topic * groups + group].recordValue(Math.max(0, System.nanoTime() - due));
    }
    int cell = (sample.source() * groups + group) * STRIDE;
    cells.lazySet(cell, cells.get(cell) + 1);
  }

  /**
   * Returns how many events the publisher may have published in all by now; waits a little if it
   * has.
   */
  long awaitRoom(int source, long published) {
    long limit = slowest(source) + window;
    if (limit <= published) {
      LockSupport.parkNanos(FULL_WAIT_NANOS);
    }
    return limit;
  }

  /** How many events of a publisher every group has handled. */
  long slowest(int source) {
    long least = Long.MAX_VALUE;
    for (int group = 0; group < groups; group++) {
      least = Math.min(least, cells.get((source * groups + group) * STRIDE));
    }
    return least;
  }

  /** How many were handled in all, by all groups. */
  long deliveries() {
    long sum = 0;
    for (int i = 0; i < cells.length(); i += STRIDE) {
      sum += cells.get(i);
    }
    return sum;
  }

  /** Records the latencies of events due from the one time up to the other, in nanoseconds. */
  void record(long from, long until) {
    recordUntil = until;
    recordFrom = from;
  }

  /** All latencies; to be asked for when everything published was handled. */
  Histogram latencies() {
    Histogram all = new Histogram(60_000_000_000L, 3);
    for (Histogram one : latencies) {
      all.add(one);
    }
    return all;
  }
}
