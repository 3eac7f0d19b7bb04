package io.promlib.ops;

import java.util.Arrays;

/** The last values of something that is looked at again and again. Safe for use by many threads. */
final class History {
  /** Five minutes at five seconds. */
  static final int MOST = 60;

  private long[] values = new long[4];
  private int count;
  private int next;

  synchronized void add(long value) {
    if (count == values.length && count < MOST) {
      values = Arrays.copyOf(values, Math.min(MOST, 2 * count));
      next = count;
    }
    values[next] = value;
    next = (next + 1) % values.length;
    count = Math.min(count + 1, values.length);
  }

  /** Oldest first. */
  synchronized long[] all() {
    long[] all = new long[count];
    for (int i = 0; i < count; i++) {
      all[i] = values[(next - count + i + values.length) % values.length];
    }
    return all;
  }
}
