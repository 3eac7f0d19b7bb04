package io.promlib.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * UTF-8 as RFC 3629 has it: no longer forms than needed, no halves of surrogate pairs, nothing past
 * U+10FFFF, nothing cut off. Jackson's parser lets some of these pass, and a peer that checks would
 * close the connection which brings it one.
 */
public final class Utf8 {
  private static final VarHandle EIGHT =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long NOT_ASCII = 0x8080_8080_8080_8080L;

  private Utf8() {}

  /** Whether the first {@code length} bytes are UTF-8. Allocates nothing. */
  public static boolean isValid(byte[] bytes, int length) {
    int at = 0;
    while (at < length) {
      if (at + 8 <= length && ((long) EIGHT.get(bytes, at) & NOT_ASCII) == 0) {
        at += 8;
      } else if (bytes[at] >= 0) {
        at++;
      } else {
        int next = afterCharacter(bytes, at, length);
        if (next < 0) {
          return false;
        }
        at = next;
      }
    }
    return true;
  }

  /** Whether each half of a surrogate pair has its other half, so that UTF-8 has bytes for it. */
  public static boolean hasWholePairs(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        i++;
        if (i == text.length() || !Character.isSurrogatePair(c, text.charAt(i))) {
          return false;
        }
      }
    }
    return true;
  }

  /** Compares two texts by their bytes in UTF-8, which is by the numbers of their characters. */
  public static int compare(String one, String other) {
    int length = Math.min(one.length(), other.length());
    for (int i = 0; i < length; i++) {
      char a = one.charAt(i);
      char b = other.charAt(i);
      if (a != b) {
        boolean aboveAll = Character.isSurrogate(a);
        return aboveAll == Character.isSurrogate(b) ? a - b : aboveAll ? 1 : -1;
      }
    }
    return one.length() - other.length();
  }

  /** RFC 3629, section 4: the second byte's range depends on the first. */
  private static int afterCharacter(byte[] bytes, int at, int length) {
    int first = bytes[at] & 0xff;
    int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (first < 0xc2 || first > 0xf4 || at + more >= length) {
      return -1;
    }
    int second = bytes[at + 1] & 0xff;
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
      return -1;
    }
    for (int i = 2; i <= more; i++) {
      if ((bytes[at + i] & 0xc0) != 0x80) {
        return -1;
      }
    }
    return at + more + 1;
  }
}
