package io.promlib.ops;

import io.promlib.bus.GroupLag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The last minutes of topics and groups, as far as there is room. Written by one thread. */
final class Tracks {
  private final int most;
  private final Map<String, TopicTrack> topics = new ConcurrentHashMap<>();
  private int groups;

  Tracks(int most) {
    this.most = most;
  }

  @Nullable TopicTrack topic(String topic) {
    return topics.get(topic);
  }

  @Nullable GroupTrack group(String topic, String group) {
    TopicTrack track = topics.get(topic);
    return track == null ? null : track.group(group);
  }

  Collection<TopicTrack> all() {
    return topics.values();
  }

  /** Forgets the topics that are gone. */
  void keep(Collection<String> names) {
    Set<String> known = new HashSet<>(names);
    for (String topic : List.copyOf(topics.keySet())) {
      if (!known.contains(topic)) {
        TopicTrack gone = topics.remove(topic);
        groups -= gone == null ? 0 : gone.groups().size();
      }
    }
  }

  /** Notes where a topic and its groups are. */
  void note(String topic, long tail, List<GroupLag> lags, long nanos, long now) {
    TopicTrack track = topics.get(topic);
    if (track == null) {
      if (topics.size() >= most) {
        return;
      }
      track = new TopicTrack();
      topics.put(topic, track);
    }
    track.note(tail, nanos);
    Map<String, GroupTrack> known = track.groups();
    Set<String> here = new HashSet<>();
    for (GroupLag lag : lags) {
      here.add(lag.group());
      GroupTrack group = known.get(lag.group());
      if (group == null && groups < most) {
        group = new GroupTrack();
        known.put(lag.group(), group);
        groups++;
      }
      if (group != null) {
        group.note(lag, nanos, now);
      }
    }
    for (String name : new ArrayList<>(known.keySet())) {
      if (!here.contains(name)) {
        known.remove(name);
        groups--;
      }
    }
  }
}
