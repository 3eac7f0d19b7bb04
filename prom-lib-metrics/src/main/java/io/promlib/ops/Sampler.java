package io.promlib.ops;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.GroupLag;
import io.promlib.time.Timing;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at all topics and groups every few seconds, on the thread {@code prom-ops-sampler-1}. */
final class Sampler {
  private static final Logger LOG = LoggerFactory.getLogger(Sampler.class);

  private final BusAdmin admin;
  private final Tracks tracks;
  private final Timing timing;
  private final OpsLimits limits;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Daemons.numbered("prom-ops-sampler-"));
  private boolean failing;
  private volatile boolean closed;
  private volatile Timing.@Nullable Alarm alarm;

  Sampler(BusAdmin admin, Tracks tracks, Timing timing, OpsLimits limits) {
    this.admin = admin;
    this.tracks = tracks;
    this.timing = timing;
    this.limits = limits;
  }

  void start() {
    try {
      thread.execute(
          () -> {
            step();
            if (!closed) {
              alarm = timing.schedule(this::start, limits.sampleEvery());
            }
          });
    } catch (RejectedExecutionException e) {
      // It was closed meanwhile.
    }
  }

  /** Looks at all once. A store that is away leaves everything as it was. */
  void step() {
    try {
      Map<String, List<GroupLag>> lags =
          admin.lags().stream().collect(Collectors.groupingBy(GroupLag::topic));
      // A group may wait for the first event of its topic.
      Set<String> names = new TreeSet<>(admin.topicNames());
      names.addAll(lags.keySet());
      tracks.keep(names);
      for (String topic : names) {
        long tail = admin.bounds(topic).tail();
        List<GroupLag> groups = lags.getOrDefault(topic, List.of());
        tracks.note(topic, tail, groups, timing.nanos(), timing.millis());
      }
      failing = false;
    } catch (RuntimeException e) {
      if (!failing && !closed) {
        LOG.warn("topics and groups could not be looked at; tried again until they can", e);
      }
      failing = true;
    }
  }

  void close() {
    closed = true;
    Timing.Alarm next = alarm;
    if (next != null) {
      next.cancel();
    }
    thread.shutdownNow();
  }
}
