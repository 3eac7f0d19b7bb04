package io.promlib.store.memory;

import io.promlib.event.Utf8;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where the events of each key of a topic stand, and the keys in order. For one thread at a time.
 */
final class KeyIndex {
  private final Map<String, Positions> byKey = new HashMap<>();

  /*
   * Made when a page is asked for and kept up from then on; given up once as many keys came and went since the last page
   * as there are. So a page costs what is on it, and who asks for none pays nothing for the order.
   */
  private @Nullable NavigableSet<String> sorted;
  private int changes;

  void add(String key, long seq) {
    Positions known = byKey.get(key);
    if (known == null) {
      known = new Positions();
      byKey.put(key, known);
      NavigableSet<String> order = order();
      if (order != null) {
        order.add(key);
      }
    }
    known.add(seq);
  }

  void remove(String key, long seq) {
    Positions known = byKey.get(key);
    if (known != null && known.remove(seq)) {
      byKey.remove(key);
      NavigableSet<String> order = order();
      if (order != null) {
        order.remove(key);
      }
    }
  }

  /** The highest position of a key up to one; 0 if there is none. */
  long latest(String key, long atMost) {
    Positions known = byKey.get(key);
    return known == null ? 0 : known.latest(atMost);
  }

  /** The keys behind one in the order of their UTF-8; null: all. */
  Iterator<String> behind(@Nullable String after) {
    NavigableSet<String> order = sorted;
    if (order == null) {
      order = new TreeSet<>(Utf8::compare);
      order.addAll(byKey.keySet());
      sorted = order;
    }
    changes = 0;
    return (after == null ? order : order.tailSet(after, false)).iterator();
  }

  /** The order to take up a change; null if nobody needs it. */
  private @Nullable NavigableSet<String> order() {
    if (sorted != null && ++changes > byKey.size()) {
      sorted = null;
    }
    return sorted;
  }

  /** Rising positions, of which the lowest go first, and others now and then. */
  private static final class Positions {
    private long[] seqs = new long[1];
    private int from;
    private int to;

    void add(long seq) {
      if (to == seqs.length) {
        remake();
      }
      seqs[to++] = seq;
    }

    /** Whether none is left. */
    boolean remove(long seq) {
      int at = Arrays.binarySearch(seqs, from, to, seq);
      if (at >= 0 && at - from < to - at) {
        System.arraycopy(seqs, from, seqs, from + 1, at - from);
        from++;
      } else if (at >= 0) {
        System.arraycopy(seqs, at + 1, seqs, at, to - at - 1);
        to--;
      }
      if (to - from < seqs.length / 8) {
        remake();
      }
      return from == to;
    }

    long latest(long atMost) {
      if (from < to && seqs[to - 1] <= atMost) {
        return seqs[to - 1];
      }
      int at = Arrays.binarySearch(seqs, from, to, atMost);
      int before = at >= 0 ? at : -at - 2;
      return before < from ? 0 : seqs[before];
    }

    /* With room to grow by half of what is held. */
    private void remake() {
      int size = to - from;
      seqs = Arrays.copyOf(Arrays.copyOfRange(seqs, from, to), size + size / 2 + 1);
      from = 0;
      to = size;
    }
  }
}
