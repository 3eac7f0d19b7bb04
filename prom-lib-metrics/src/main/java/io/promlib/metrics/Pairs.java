package io.promlib.metrics;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is kept for each pair of topic and group, up to a bound; all further ones share one. */
final class Pairs<V> {
  static final int MOST = 1000;

  private final Function<Pair, V> maker;
  private final Map<String, Map<String, V>> known = new ConcurrentHashMap<>();
  private int count;
  private volatile @Nullable V other;

  Pairs(Function<Pair, V> maker) {
    this.maker = maker;
  }

  V get(String topic, String group) {
    Map<String, V> groups = known.get(topic);
    V found = groups == null ? null : groups.get(group);
    return found == null ? make(topic, group) : found;
  }

  /** Those whose pair has a place here before others; else by name. */
  <T> List<T> knownFirst(Collection<T> all, Function<T, Pair> pair) {
    // Whether it is known may change meanwhile, and an order must not.
    List<T> first = new ArrayList<>();
    List<T> others = new ArrayList<>();
    all.stream()
        .sorted(Comparator.comparing(pair))
        .forEach(one -> (isKnown(pair.apply(one)) ? first : others).add(one));
    first.addAll(others);
    return first;
  }

  private boolean isKnown(Pair pair) {
    Map<String, V> groups = known.get(pair.topic());
    return groups != null && groups.containsKey(pair.group());
  }

  private V make(String topic, String group) {
    V shared = other;
    if (shared != null) {
      return shared;
    }
    synchronized (this) {
      if (count == MOST) {
        shared = other;
        if (shared == null) {
          shared = maker.apply(Pair.OTHER);
          other = shared;
        }
        return shared;
      }
      return known
          .computeIfAbsent(topic, name -> new ConcurrentHashMap<>())
          .computeIfAbsent(
              group,
              name -> {
                count++;
                return maker.apply(new Pair(topic, name));
              });
    }
  }
}
