package io.promlib.state;

import io.promlib.bus.GroupMismatchException;
import io.promlib.event.EventRecord;
import io.promlib.event.Ids;
import io.promlib.event.Names;
import io.promlib.store.Backoff;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupSettings;
import io.promlib.store.Ordering;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which state is meant: of which topic, with its snapshots where, of which keys. The compactor and
 * all readers of one snapshot topic are given the same. Immutable; each method returns a changed
 * copy.
 *
 * @param topic the topic that is folded
 * @param snapshotTopic where its snapshots are; a topic of their own, whose name ends in {@code
 *     .snapshot}, so that nobody but the compactor publishes to it
 * @param keys restricts the state to these; null: all
 */
public record StateSource(
    String topic, String snapshotTopic, KeySource keySource, @Nullable Set<String> keys) {

  public StateSource {
    Names.topic(topic);
    Names.topic(snapshotTopic);
    if (topic.equals(snapshotTopic)) {
      throw new IllegalArgumentException(
          "snapshotTopic must be another topic than " + topic + " itself");
    }
    if (!snapshotTopic.endsWith(Names.SNAPSHOT_SUFFIX)) {
      throw new IllegalArgumentException(
          "snapshotTopic must end with '"
              + Names.SNAPSHOT_SUFFIX
              + "', so that nobody but the compactor publishes to it; is "
              + snapshotTopic);
    }
    if (keys != null) {
      keys.forEach(Names::key);
      keys = Set.copyOf(keys);
    }
  }

  /** The state of a topic by its events' own keys, with its snapshots in {@code topic.snapshot}. */
  public static StateSource of(String topic) {
    return new StateSource(topic, topic + Names.SNAPSHOT_SUFFIX, KeySource.OWN, null);
  }

  public StateSource snapshotTopic(String name) {
    return new StateSource(topic, name, keySource, keys);
  }

  public StateSource keySource(KeySource source) {
    return new StateSource(topic, snapshotTopic, source, keys);
  }

  public StateSource keys(@Nullable Set<String> only) {
    return new StateSource(topic, snapshotTopic, keySource, only);
  }

  /** The compactor's group. */
  public GroupKey group() {
    return new GroupKey(topic, Names.compactorGroup(snapshotTopic));
  }

  /** The key under which an event is part of this state; null if it is none. */
  @Nullable String keyOf(EventRecord event) {
    String key = keySource.keyOf(event);
    return key == null || !isWanted(key) ? null : key;
  }

  boolean isWanted(String key) {
    return keys == null || keys.contains(key);
  }

  /** How the compactor's group is made. */
  GroupSettings settings() {
    return new GroupSettings(Ordering.TOPIC, filter(), 1000, Backoff.DEFAULT, null);
  }

  /* Its name stands for key source and keys: another choice is another name. */
  private Filter filter() {
    if (keys == null && keySource == KeySource.OWN) {
      return Filter.ALL;
    }
    List<String> parts = new ArrayList<>();
    parts.add(keySource.name());
    if (keys != null) {
      parts.addAll(new TreeSet<>(keys));
    }
    return new Filter.Named("keys." + Ids.derived(parts.toArray(String[]::new)));
  }

  /**
   * @throws GroupMismatchException if the group was made for other keys
   */
  void check(GroupSettings made) {
    if (!made.filter().equals(filter())) {
      throw new GroupMismatchException(
          "the snapshots in "
              + snapshotTopic
              + " were made with another keySource or other keys: give the same, or name another"
              + " snapshotTopic");
    }
  }
}
