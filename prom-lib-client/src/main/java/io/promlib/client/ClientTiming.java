package io.promlib.client;

import io.promlib.time.Timing;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A timing that remembers what this client scheduled, so that nothing of it waits on once the
 * client is closed.
 */
final class ClientTiming implements Timing {
  private final Timing timing;
  private final boolean own;
  private final Set<Scheduled> waiting = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Closing this closes {@code timing} too if it is the client's own. */
  ClientTiming(Timing timing, boolean own) {
    this.timing = timing;
    this.own = own;
  }

  @Override
  public InstantSource wall() {
    return timing.wall();
  }

  @Override
  public long nanos() {
    return timing.nanos();
  }

  @Override
  public Alarm schedule(Runnable task, Duration delay) {
    Scheduled scheduled = new Scheduled(task);
    waiting.add(scheduled);
    scheduled.alarm = timing.schedule(scheduled, delay);
    if (closed) {
      scheduled.cancel();
    }
    return scheduled;
  }

  @Override
  public void close() {
    closed = true;
    waiting.forEach(Scheduled::cancel);
    if (own) {
      timing.close();
    }
  }

  private final class Scheduled implements Runnable, Alarm {
    private final Runnable task;
    private volatile @Nullable Alarm alarm;

    Scheduled(Runnable task) {
      this.task = task;
    }

    @Override
    public void run() {
      if (waiting.remove(this)) {
        task.run();
      }
    }

    @Override
    public void cancel() {
      Alarm set = alarm;
      if (waiting.remove(this) && set != null) {
        set.cancel();
      }
    }
  }
}
