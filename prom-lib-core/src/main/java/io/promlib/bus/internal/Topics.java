package io.promlib.bus.internal;

import io.promlib.store.GroupKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The topics at work in this process. One that the store refused, or that was only asked for, does
 * not stay.
 */
final class Topics {
  private final Wiring wiring;
  private final ConcurrentHashMap<String, TopicRuntime> topics = new ConcurrentHashMap<>();
  private volatile boolean closed;

  Topics(Wiring wiring) {
    this.wiring = wiring;
  }

  /** The topic's runtime, made if there is none. */
  TopicRuntime get(String name) {
    TopicRuntime known = topics.get(name);
    return known != null ? known : topics.computeIfAbsent(name, this::made);
  }

  private TopicRuntime made(String name) {
    return new TopicRuntime(name, wiring, () -> closed);
  }

  /** Lets go of publishers that wait for room; from now on nobody waits. */
  void close() {
    closed = true;
    topics.values().forEach(TopicRuntime::lookForRoom);
  }

  @Nullable TopicRuntime known(String name) {
    return topics.get(name);
  }

  /** The runtime of a group that has subscribers in this process. */
  @Nullable GroupRuntime group(GroupKey key) {
    TopicRuntime topic = topics.get(key.topic());
    return topic == null ? null : topic.group(key.group());
  }

  List<GroupRuntime> groups() {
    List<GroupRuntime> groups = new ArrayList<>();
    topics.values().forEach(topic -> groups.addAll(topic.groups()));
    return groups;
  }

  /** Forgets those that the store does not know and no group works on. */
  void prune(List<String> known) {
    Set<String> stored = new HashSet<>(known);
    for (String name : topics.keySet()) {
      if (!stored.contains(name)) {
        topics.computeIfPresent(name, (n, topic) -> topic.endIfUnused() ? null : topic);
      }
    }
  }
}
