package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Overflow;
import io.promlib.store.Page;
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
 * more expire. Looks once a second, on a worker.
 */
final class Upkeep {
  private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final int PAGE = 1000;

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
      alarm = wiring.timing().schedule(() -> wiring.workers().execute(this::look), EVERY);
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
      LOG.warn("upkeep failed, trying again in {}", EVERY, e);
      wiring.listener().onError("", "", e);
    } finally {
      start();
    }
  }

  void once() {
    long now = wiring.now();
    for (String topic : wiring.events().topics()) {
      TopicSettings settings = wiring.events().settings(topic);
      Duration maxAge = settings.maxAge();
      if (maxAge != null) {
        removeOlder(topic, now - maxAge.toMillis(), settings.overflow());
      }
    }
    topics.prune();
    for (GroupKey key : wiring.groups().list()) {
      expire(key, now);
    }
  }

  /**
   * Removes the events appended before a time; where the topic keeps what groups have not passed,
   * only up to there.
   */
  private void removeOlder(String topic, long before, Overflow overflow) {
    long below = wiring.events().extent(topic).first();
    boolean more = true;
    while (more) {
      Page page = wiring.events().read(topic, below, PAGE);
      List<EventRecord> events = page.events();
      int old = 0;
      while (old < events.size() && events.get(old).at() < before) {
        old++;
      }
      below = old == 0 ? below : events.get(old - 1).seq() + 1;
      more = old == PAGE;
    }
    long safe =
        overflow == Overflow.DROP_OLDEST ? Long.MAX_VALUE - 1 : topics.get(topic).safe(below - 1);
    wiring.events().removeBelow(topic, Math.min(below, safe + 1));
  }

  private void expire(GroupKey key, long now) {
    Optional<Versioned> stored = wiring.groups().load(key);
    Duration life = stored.map(found -> found.state().settings().expireAfter()).orElse(null);
    if (stored.isEmpty() || life == null) {
      return;
    }
    GroupState state = stored.get().state();
    long idle = now - state.seen();
    boolean here = groups.runtime(key) != null;
    if (here && idle > life.toMillis() / 4) {
      groups.change(key, seen -> GroupSteps.seen(seen, now));
    } else if (!here && state.claims().isEmpty() && idle > life.toMillis() + life.toMillis() / 4) {
      /* A quarter more: so old may the last sign of its last subscriber be. */
      wiring.groups().delete(key, stored.get().version());
    }
  }
}
