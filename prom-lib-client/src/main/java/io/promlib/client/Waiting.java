package io.promlib.client;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits for an answer, by {@code corr}, each for the same time. As the oldest is due first,
 * one alarm is enough for all. Every method is called under the client's lock, which the alarm
 * takes too.
 */
final class Waiting<V> {
  private record Held<V>(V value, long since) {}

  private final Object lock;
  private final Timing timing;
  private final long patienceNanos;
  private final Consumer<V> onTimeout;
  private final Map<String, Held<V>> held = new LinkedHashMap<>();
  private boolean alarmSet;

  Waiting(Object lock, Timing timing, Duration patience, Consumer<V> onTimeout) {
    this.lock = lock;
    this.timing = timing;
    this.patienceNanos = patience.toNanos();
    this.onTimeout = onTimeout;
  }

  void add(String corr, V value) {
    held.put(corr, new Held<>(value, timing.nanos()));
    if (!alarmSet) {
      alarmIn(patienceNanos);
    }
  }

  @Nullable V remove(@Nullable String corr) {
    Held<V> found = corr == null ? null : held.remove(corr);
    return found == null ? null : found.value;
  }

  @Nullable V get(@Nullable String corr) {
    Held<V> found = corr == null ? null : held.get(corr);
    return found == null ? null : found.value;
  }

  int size() {
    return held.size();
  }

  /** All of them, oldest first. */
  List<V> values() {
    List<V> values = new ArrayList<>(held.size());
    held.values().forEach(h -> values.add(h.value));
    return values;
  }

  /** Takes all of them out, oldest first. */
  List<V> clear() {
    List<V> values = values();
    held.clear();
    return values;
  }

  private void alarmIn(long nanos) {
    alarmSet = true;
    timing.schedule(this::expire, Duration.ofNanos(nanos));
  }

  private void expire() {
    synchronized (lock) {
      alarmSet = false;
      List<V> due = new ArrayList<>();
      long now = timing.nanos();
      Iterator<Held<V>> oldest = held.values().iterator();
      while (oldest.hasNext()) {
        Held<V> next = oldest.next();
        long left = next.since + patienceNanos - now;
        if (left > 0) {
          alarmIn(left);
          break;
        }
        oldest.remove();
        due.add(next.value);
      }
      due.forEach(onTimeout);
    }
  }
}
