package io.promlib.bus.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers what was put last, and forgets what was put before that. */
final class Latest<K, V> {
  private final LinkedHashMap<K, V> values = new LinkedHashMap<>();
  private final int most;

  Latest(int most) {
    this.most = most;
  }

  void put(K key, V value) {
    values.remove(key);
    values.put(key, value);
    if (values.size() > most) {
      Map.Entry<K, V> eldest = values.entrySet().iterator().next();
      values.remove(eldest.getKey());
    }
  }

  @Nullable V get(K key) {
    return values.get(key);
  }

  boolean contains(K key) {
    return values.containsKey(key);
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  void remove(K key) {
    values.remove(key);
  }

  void clear() {
    values.clear();
  }
}
