package io.promlib.ops;

import io.promlib.PromException;
import io.promlib.bus.BusAdmin;
import io.promlib.bus.TopicView;
import io.promlib.time.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What topics hold, counted anew every few seconds at most and once at a time: a store may have to
 * count events. Its threads are {@code prom-ops-count-N}.
 */
final class Extents {
  private static final int MOST = 1000;
  private static final int THREADS = 4;
  private static final long FRESH_NANOS = 3_000_000_000L;

  private final BusAdmin admin;
  private final Timing timing;
  private final Duration patience;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(THREADS, Daemons.numbered("prom-ops-count-"));
  private final Map<String, Future<TopicView>> counting = new HashMap<>();
  private final Map<String, Counted> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Counted> eldest) {
          return size() > MOST;
        }
      };
  private long forgotten;

  private record Counted(TopicView view, long nanos) {}

  Extents(BusAdmin admin, Timing timing, OpsLimits limits) {
    this.admin = admin;
    this.timing = timing;
    // So that an answer without a slow count is still in time.
    this.patience = limits.storeTime().dividedBy(2);
  }

  /** What one answer needs; all its counts share one wait. */
  final class Batch {
    private final long end = System.nanoTime() + patience.toNanos();

    /** Has it counted while others are waited for. */
    void begin(String topic) throws OpsError {
      synchronized (known) {
        if (fresh(topic) == null) {
          Future<TopicView> unused = counted(topic);
        }
      }
    }

    /** Null if it is not counted in time: then the count goes on, for a later answer. */
    @Nullable TopicView of(String topic) throws IOException, OpsError {
      Future<TopicView> count;
      synchronized (known) {
        TopicView view = fresh(topic);
        if (view != null) {
          return view;
        }
        count = counted(topic);
      }
      try {
        return count.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        return null;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof PromException store) {
          throw store;
        }
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  Batch batch() {
    return new Batch();
  }

  private @Nullable TopicView fresh(String topic) {
    Counted last = known.get(topic);
    return last != null && timing.nanos() - last.nanos() < FRESH_NANOS ? last.view() : null;
  }

  private Future<TopicView> counted(String topic) throws OpsError {
    Future<TopicView> running = counting.get(topic);
    if (running != null) {
      return running;
    }
    if (counting.size() >= MOST) {
      throw OpsError.unavailable("too many topics are being counted; try again");
    }
    try {
      long before = forgotten;
      Future<TopicView> begun = threads.submit(() -> count(topic, before));
      counting.put(topic, begun);
      return begun;
    } catch (RejectedExecutionException e) {
      throw OpsError.unavailable("the ops server is closed");
    }
  }

  private TopicView count(String topic, long before) {
    TopicView view = null;
    try {
      view = admin.topic(topic);
      return view;
    } finally {
      synchronized (known) {
        if (before == forgotten) {
          counting.remove(topic);
          if (view != null) {
            known.remove(topic);
            known.put(topic, new Counted(view, timing.nanos()));
          }
        }
      }
    }
  }

  /** Somebody changed something, and will look what became of it. */
  void forget() {
    synchronized (known) {
      forgotten++;
      known.clear();
      counting.clear();
    }
  }

  void close() {
    threads.shutdownNow();
  }
}
