package io.promlib.mongo;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to hear of appends to which topic. */
final class Listeners {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  private final ConcurrentHashMap<String, List<Runnable>> byTopic = new ConcurrentHashMap<>();

  /** Adds one; the answer takes this one out again. */
  Runnable add(String topic, Runnable listener) {
    // An object of its own for each registration, so that one listener may be registered twice.
    Runnable added = () -> call(topic, listener);
    byTopic.compute(
        topic,
        (name, all) -> {
          List<Runnable> more = all == null ? new CopyOnWriteArrayList<>() : all;
          more.add(added);
          return more;
        });
    return () ->
        byTopic.computeIfPresent(
            topic,
            (name, all) -> {
              all.remove(added);
              return all.isEmpty() ? null : all;
            });
  }

  void tell(String topic) {
    List<Runnable> told = byTopic.get(topic);
    if (told != null) {
      told.forEach(Runnable::run);
    }
  }

  /** The topics that somebody listens to. */
  Set<String> topics() {
    return byTopic.keySet();
  }

  void clear() {
    byTopic.clear();
  }

  private static void call(String topic, Runnable listener) {
    try {
      listener.run();
    } catch (RuntimeException e) {
      LOG.warn("a listener failed after an append to {}; the append stands", topic, e);
    }
  }
}
