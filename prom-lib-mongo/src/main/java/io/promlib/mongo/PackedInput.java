package io.promlib.mongo;

import static io.promlib.mongo.PackedOutput.BLOCK;
import static io.promlib.mongo.PackedOutput.STEPS;

/**
 * Reads what {@link PackedOutput} wrote. Whatever the bytes are, it ends, and makes nothing larger
 * than {@link #MOST} asks for.
 */
final class PackedInput {
  /** The most of anything that is believed. */
  static final int MOST = 1 << 16;

  private final byte[] bytes;
  private int at;

  PackedInput(byte[] bytes) {
    this.bytes = bytes;
  }

  int octet() {
    if (at == bytes.length) {
      throw new DamagedException("it ends too early");
    }
    return bytes[at++] & 0xFF;
  }

  long number() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int octet = octet();
      value |= (long) (octet & 0x7F) << shift;
      if ((octet & 0x80) == 0) {
        return value;
      }
    }
    throw new DamagedException("a number does not end");
  }

  long signed() {
    long value = number();
    return (value >>> 1) ^ -(value & 1);
  }

  /** How many of something follow. */
  int count() {
    return small(number());
  }

  /** A number that counts or points, and so is no larger than {@link #MOST}. */
  static int small(long value) {
    if (value < 0 || value > MOST) {
      throw new DamagedException(Long.toUnsignedString(value) + " of something");
    }
    return (int) value;
  }

  String text() {
    int length = count();
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) number());
    }
    return text.toString();
  }

  long[] column(int count) {
    long[] values = new long[count];
    for (int from = 0; from < count; from += BLOCK) {
      block(values, from, Math.min(count, from + BLOCK));
    }
    return values;
  }

  void end() {
    if (at != bytes.length) {
      throw new DamagedException((bytes.length - at) + " bytes are left over");
    }
  }

  private void block(long[] values, int from, int to) {
    int head = octet();
    int width = head & ~STEPS;
    if (width > Long.SIZE) {
      throw new DamagedException("numbers of " + width + " bits");
    }
    if ((head & STEPS) == 0) {
      packed(values, from, to, width);
      return;
    }
    values[from] = signed();
    packed(values, from + 1, to, width);
    for (int i = from + 1; i < to; i++) {
      values[i] += values[i - 1];
    }
  }

  private void packed(long[] values, int from, int to, int width) {
    long least = signed();
    int octet = 0;
    int left = 0;
    for (int i = from; i < to; i++) {
      long value = 0;
      for (int had = 0; had < width; ) {
        if (left == 0) {
          octet = octet();
          left = 8;
        }
        int taken = Math.min(left, width - had);
        value |= (long) (octet & ((1 << taken) - 1)) << had;
        octet >>>= taken;
        left -= taken;
        had += taken;
      }
      values[i] = least + value;
    }
  }

  /** The bytes are not what was written. */
  static final class DamagedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DamagedException(String what) {
      super(what);
    }
  }
}
