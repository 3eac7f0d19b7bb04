package io.promlib.mongo;

import java.util.Arrays;

/** Bytes that grow, into which small and like numbers go with few bits. Used by one thread. */
final class PackedOutput {
  /**
   * How many numbers of a column share their width, so that one far off costs its neighbours only.
   */
  static final int BLOCK = 128;

  /** Marks a block that holds the steps from number to number. */
  static final int STEPS = 0x80;

  private byte[] bytes = new byte[256];
  private int size;

  int size() {
    return size;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  void octet(int value) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, size * 2);
    }
    bytes[size++] = (byte) value;
  }

  /** Seven bits a byte, the lowest first; a negative number takes ten. */
  void number(long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      octet((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    octet((int) rest);
  }

  /** Small for what is near to zero, on either side. */
  void signed(long value) {
    number((value << 1) ^ (value >> 63));
  }

  /** Any string, halves of surrogate pairs too, which UTF-8 would not bring back. */
  void text(String text) {
    number(text.length());
    for (int i = 0; i < text.length(); i++) {
      number(text.charAt(i));
    }
  }

  /**
   * Numbers that are alike: of each block its least, and of each number how much more it is; or the
   * same of the steps between them, where those are more alike.
   */
  void column(long[] values) {
    for (int from = 0; from < values.length; from += BLOCK) {
      block(values, from, Math.min(values.length, from + BLOCK));
    }
  }

  private void block(long[] values, int from, int to) {
    long[] plain = Arrays.copyOfRange(values, from, to);
    long[] steps = new long[plain.length - 1];
    for (int i = 0; i < steps.length; i++) {
      steps[i] = plain[i + 1] - plain[i];
    }
    long plainBits = (long) width(plain) * plain.length;
    long stepBits = (long) width(steps) * steps.length + Long.SIZE;
    if (stepBits < plainBits) {
      octet(width(steps) | STEPS);
      signed(plain[0]);
      packed(steps);
    } else {
      octet(width(plain));
      packed(plain);
    }
  }

  private void packed(long[] values) {
    long least = least(values);
    int width = width(values);
    signed(least);
    int filled = 0;
    int octet = 0;
    for (long value : values) {
      long rest = value - least;
      for (int left = width; left > 0; ) {
        int taken = Math.min(left, 8 - filled);
        octet |= (int) (rest & ((1 << taken) - 1)) << filled;
        rest >>>= taken;
        left -= taken;
        filled += taken;
        if (filled == 8) {
          octet(octet);
          filled = 0;
          octet = 0;
        }
      }
    }
    if (filled > 0) {
      octet(octet);
    }
  }

  /* Differences are taken without sign, so that the whole range of numbers fits. */
  private static int width(long[] values) {
    long least = least(values);
    long all = 0;
    for (long value : values) {
      all |= value - least;
    }
    return Long.SIZE - Long.numberOfLeadingZeros(all);
  }

  private static long least(long[] values) {
    long least = values.length == 0 ? 0 : values[0];
    for (long value : values) {
      least = Math.min(least, value);
    }
    return least;
  }
}
