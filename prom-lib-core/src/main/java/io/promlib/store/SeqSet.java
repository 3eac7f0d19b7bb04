package io.promlib.store;

import java.util.Arrays;
import java.util.function.LongConsumer;

/**
 * An immutable set of positions, kept as sorted ranges, so that a run of any length costs the same.
 */
public final class SeqSet {
  public static final SeqSet EMPTY = new SeqSet(new long[0]);

  /* from0, to0, from1, to1, …: inclusive, ascending, never touching. */
  private final long[] bounds;

  private SeqSet(long[] bounds) {
    this.bounds = bounds;
  }

  /**
   * All positions from {@code from} to {@code to}, inclusive; none if {@code to} is below {@code
   * from}.
   */
  public static SeqSet range(long from, long to) {
    return to < from ? EMPTY : new SeqSet(new long[] {from, to});
  }

  /** The positions given, in any order. */
  public static SeqSet of(long... seqs) {
    return ofSorted(sorted(seqs, seqs.length), seqs.length);
  }

  /** The first {@code count} of the positions given, in any order. */
  public static SeqSet of(long[] seqs, int count) {
    return ofSorted(sorted(seqs, count), count);
  }

  /**
   * A set as {@link #bounds} tells it.
   *
   * @throws IllegalArgumentException unless the ranges ascend and do not touch
   */
  public static SeqSet ofBounds(long[] bounds) {
    boolean valid = bounds.length % 2 == 0;
    for (int i = 0; valid && i < bounds.length; i += 2) {
      valid = bounds[i] <= bounds[i + 1] && (i == 0 || bounds[i] - 1 > bounds[i - 1]);
    }
    if (!valid) {
      throw new IllegalArgumentException("not the bounds of a set: " + Arrays.toString(bounds));
    }
    return bounds.length == 0 ? EMPTY : new SeqSet(bounds.clone());
  }

  /** Where each range begins and ends, inclusive, ascending: from, to, from, to, and so on. */
  public long[] bounds() {
    return bounds.clone();
  }

  public boolean isEmpty() {
    return bounds.length == 0;
  }

  /** How many positions. */
  public long size() {
    long size = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      size += bounds[i + 1] - bounds[i] + 1;
    }
    return size;
  }

  /** How many ranges: what the set costs to keep. */
  public int ranges() {
    return bounds.length / 2;
  }

  /** The lowest position; {@code otherwise} if there is none. */
  public long first(long otherwise) {
    return isEmpty() ? otherwise : bounds[0];
  }

  /** The highest position; {@code otherwise} if there is none. */
  public long last(long otherwise) {
    return isEmpty() ? otherwise : bounds[bounds.length - 1];
  }

  /** The end of the lowest run of positions without a hole; {@code otherwise} if there is none. */
  public long firstRunEnd(long otherwise) {
    return isEmpty() ? otherwise : bounds[1];
  }

  public boolean contains(long seq) {
    int at = Arrays.binarySearch(bounds, seq);
    return at >= 0 || (-at - 1) % 2 == 1;
  }

  public void forEach(LongConsumer each) {
    for (int i = 0; i < bounds.length; i += 2) {
      for (long seq = bounds[i]; seq <= bounds[i + 1]; seq++) {
        each.accept(seq);
      }
    }
  }

  public SeqSet plus(SeqSet other) {
    if (isEmpty() || other.isEmpty()) {
      return isEmpty() ? other : this;
    }
    long[] merged = new long[bounds.length + other.bounds.length];
    int size = 0;
    int mine = 0;
    int theirs = 0;
    while (mine < bounds.length || theirs < other.bounds.length) {
      boolean takeMine =
          theirs == other.bounds.length
              || (mine < bounds.length && bounds[mine] <= other.bounds[theirs]);
      long from = takeMine ? bounds[mine] : other.bounds[theirs];
      long to = takeMine ? bounds[mine + 1] : other.bounds[theirs + 1];
      if (takeMine) {
        mine += 2;
      } else {
        theirs += 2;
      }
      if (size > 0 && from <= merged[size - 1] + 1) {
        merged[size - 1] = Math.max(merged[size - 1], to);
      } else {
        merged[size++] = from;
        merged[size++] = to;
      }
    }
    return new SeqSet(Arrays.copyOf(merged, size));
  }

  public SeqSet minus(SeqSet other) {
    if (isEmpty() || other.isEmpty()) {
      return this;
    }
    long[] rest = new long[bounds.length + other.bounds.length];
    int size = 0;
    int cut = 0;
    for (int i = 0; i < bounds.length; i += 2) {
      long from = bounds[i];
      long to = bounds[i + 1];
      while (cut < other.bounds.length && other.bounds[cut + 1] < from) {
        cut += 2;
      }
      for (int c = cut; from <= to && c < other.bounds.length && other.bounds[c] <= to; c += 2) {
        if (from < other.bounds[c]) {
          rest[size++] = from;
          rest[size++] = other.bounds[c] - 1;
        }
        from = other.bounds[c + 1] + 1;
      }
      if (from <= to) {
        rest[size++] = from;
        rest[size++] = to;
      }
    }
    return size == 0 ? EMPTY : new SeqSet(Arrays.copyOf(rest, size));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SeqSet set && Arrays.equals(bounds, set.bounds);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bounds);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < bounds.length; i += 2) {
      text.append(i == 0 ? "" : ", ").append(bounds[i]);
      if (bounds[i + 1] > bounds[i]) {
        text.append('-').append(bounds[i + 1]);
      }
    }
    return text.append(']').toString();
  }

  private static long[] sorted(long[] seqs, int count) {
    for (int i = 1; i < count; i++) {
      if (seqs[i] <= seqs[i - 1]) {
        long[] copy = Arrays.copyOf(seqs, count);
        Arrays.sort(copy);
        return copy;
      }
    }
    return seqs;
  }

  private static SeqSet ofSorted(long[] seqs, int count) {
    int ranges = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || seqs[i] > seqs[i - 1] + 1) {
        ranges++;
      }
    }
    if (ranges == 0) {
      return EMPTY;
    }
    long[] bounds = new long[ranges * 2];
    int size = 0;
    for (int i = 0; i < count; i++) {
      if (i == 0 || seqs[i] > seqs[i - 1] + 1) {
        bounds[size] = seqs[i];
        size += 2;
      }
      bounds[size - 1] = seqs[i];
    }
    return new SeqSet(bounds);
  }
}
