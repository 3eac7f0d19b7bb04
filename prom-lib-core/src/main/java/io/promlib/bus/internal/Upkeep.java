package io.promlib.bus.internal;

import io.promlib.store.GroupKey;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be done now and then: events go for their age, groups that nobody subscribes to any
 * more expire. Looks once a second, less often over stores that others use as well, on a worker.
 */
final class Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

  private final Wiring wiring;
  private final Groups groups;
  private final Topics topics;
  private Timing.@Nullable Alarm alarm;
  private boolean stopped;

  Upkeep(Wiring wiring, Groups groups, Topics topics) {
    this.wiring = wiring;
    this.groups = groups;
    this.topics = topics;
  }

  synchronized void start() {
    if (!stopped) {
      alarm =
          wiring
              .timing()
              .schedule(() -> wiring.workers().execute(this::look), wiring.upkeepEvery());
    }
  }

  synchronized void stop() {
    stopped = true;
    if (alarm != null) {
      alarm.cancel();
    }
  }

  private void look() {
    try {
      once();
    } catch (RuntimeException e) {
      LOG.warn("upkeep failed, trying again in {}", wiring.upkeepEvery(), e);
      wiring.listener().onError("", "", e);
    } finally {
      start();
    }
  }

  void once() {
    long now = wiring.now();
    List<String> stored = wiring.events().topics();
    for (String topic : stored) {
      trim(topic, now);
    }
    topics.prune(stored);
    topics.groups().forEach(group -> markSeen(group, now));
    wiring.groups().expired(now).forEach(key -> expire(key, now));
  }

  /** Where the topic keeps what groups have not passed, only up to there. */
  private void trim(String topic, long now) {
    TopicSettings settings = wiring.events().settings(topic);
    if (settings.isUnlimited()) {
      return;
    }
    boolean drops = settings.overflow() == Overflow.DROP_OLDEST;
    long below =
        drops ? Long.MAX_VALUE : topics.get(topic).safe(wiring.events().bounds(topic).tail()) + 1;
    boolean more = true;
    while (more) {
      more = wiring.events().trim(topic, below, now);
    }
  }

  /* The state in hand is enough to see that it is time; only then is anything loaded. */
  private void markSeen(GroupRuntime group, long now) {
    Duration life = group.settings().expireAfter();
    if (life != null && now - group.state().seen() > life.toMillis() / 4) {
      groups.change(group.key(), seen -> GroupSteps.seen(seen, now));
      group.changedOutside();
    }
  }

  private void expire(GroupKey key, long now) {
    Optional<Versioned> stored = wiring.groups().load(key);
    if (groups.runtime(key) == null
        && stored.isPresent()
        && stored.get().state().expiresAt() < now) {
      wiring.groups().delete(key, stored.get().version());
    }
  }
}
