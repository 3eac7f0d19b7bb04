package io.promlib.state;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a view shows: a position and the values as of it, changed together. */
final class Values<T> {
  /** A value, null where there is none any more, and the position of the event that brought it. */
  record Held<T>(long seq, @Nullable T value) {}

  /* What can be told in nanoseconds. */
  private static final Duration LONGEST = Duration.ofDays(36_500);

  private final Map<String, Held<T>> held = new HashMap<>();
  private @Nullable Map<String, T> shown = Map.of();
  private long seq;
  private boolean ended;

  synchronized @Nullable T get(String key) {
    Held<T> found = held.get(key);
    return found == null ? null : found.value;
  }

  synchronized boolean holds(String key) {
    return held.containsKey(key);
  }

  synchronized long seq() {
    return seq;
  }

  synchronized int size() {
    return held.size();
  }

  /* Made once for each change that somebody looks at. */
  synchronized State<T> state() {
    Map<String, T> values = shown;
    if (values == null) {
      Map<String, T> copy = new HashMap<>(held.size() * 2);
      for (Map.Entry<String, Held<T>> entry : held.entrySet()) {
        T value = entry.getValue().value;
        if (value != null) {
          copy.put(entry.getKey(), value);
        }
      }
      values = Collections.unmodifiableMap(copy);
      shown = values;
    }
    return new State<>(seq, values);
  }

  /** The positions that the keys stand at. */
  synchronized Map<String, Long> seqs() {
    Map<String, Long> all = new HashMap<>(held.size() * 2);
    held.forEach((key, entry) -> all.put(key, entry.seq));
    return all;
  }

  /** How many keys there would be after these changes. */
  synchronized int sizeAfter(Map<String, Held<T>> changes) {
    int size = held.size();
    for (Map.Entry<String, Held<T>> change : changes.entrySet()) {
      boolean was = held.containsKey(change.getKey());
      boolean is = change.getValue().value != null;
      size += was == is ? 0 : is ? 1 : -1;
    }
    return size;
  }

  /** Takes up changes, and stands at {@code to}. */
  synchronized void change(Map<String, Held<T>> changes, long to) {
    if (!changes.isEmpty()) {
      shown = null;
      changes.forEach(
          (key, entry) -> {
            if (entry.value == null) {
              held.remove(key);
            } else {
              held.put(key, entry);
            }
          });
    }
    seq = to;
    notifyAll();
  }

  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** Whether it stands at a position or beyond before the time is over. */
  synchronized boolean await(long wanted, Duration most, Timing timing)
      throws InterruptedException {
    Duration time = most.compareTo(LONGEST) < 0 ? most : LONGEST;
    long until = timing.nanos() + time.toNanos();
    Timing.Alarm alarm = timing.schedule(this::wake, time);
    try {
      while (seq < wanted && !ended && timing.nanos() - until < 0) {
        wait();
      }
    } finally {
      alarm.cancel();
    }
    return seq >= wanted;
  }

  private synchronized void wake() {
    notifyAll();
  }
}
