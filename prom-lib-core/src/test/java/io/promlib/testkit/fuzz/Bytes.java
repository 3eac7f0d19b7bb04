package io.promlib.testkit.fuzz;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Changes to inputs that know nothing of what the bytes mean. */
public final class Bytes {
  private static final byte[] STRUCTURE =
      "{}[]\",:\\/ 0-9.eE+truefalsn\t\r\n*=&%+~;\u0000\u001f\u007f\u0080\u00c0\u00c3\u00ed\u00f5\u00ff"
          .getBytes(StandardCharsets.ISO_8859_1);
  private static final List<byte[]> BROKEN_UTF_8 =
      List.of(
          bytes(0xc0, 0x80),
          bytes(0xc1, 0xbf),
          bytes(0xe0, 0x80, 0xaf),
          bytes(0xed, 0xa0, 0x80),
          bytes(0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80),
          bytes(0xef, 0xbb, 0xbf),
          bytes(0xf0, 0x80, 0x80, 0xaf),
          bytes(0xf4, 0x90, 0x80, 0x80),
          bytes(0xf5, 0x80, 0x80, 0x80),
          bytes(0xe2, 0x82));
  private static final List<Charset> CHARSETS =
      List.of(
          StandardCharsets.UTF_16,
          StandardCharsets.UTF_16LE,
          StandardCharsets.UTF_16BE,
          Charset.forName("UTF-32LE"),
          Charset.forName("UTF-32BE"),
          StandardCharsets.ISO_8859_1);

  private Bytes() {}

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  /** At most {@code most} bytes of any kind. */
  public static byte[] noise(Random random, int most) {
    byte[] noise = new byte[random.nextInt(most + 1)];
    random.nextBytes(noise);
    return noise;
  }

  /** One to four changes; {@code others} are what to take pieces from. */
  public static byte[] mutate(byte[] input, List<byte[]> others, Random random) {
    byte[] bytes = input.clone();
    for (int times = 1 + random.nextInt(4); times > 0 && bytes.length > 0; times--) {
      bytes = change(bytes, others, random);
    }
    return bytes;
  }

  private static byte[] change(byte[] bytes, List<byte[]> others, Random random) {
    int at = random.nextInt(bytes.length);
    return switch (random.nextInt(10)) {
      case 0 -> set(bytes, at, (byte) random.nextInt(256));
      case 1 -> set(bytes, at, STRUCTURE[random.nextInt(STRUCTURE.length)]);
      case 2 -> set(bytes, at, (byte) (bytes[at] ^ (1 << random.nextInt(8))));
      case 3 -> join(bytes, at, bytes, Math.min(bytes.length, at + 1 + random.nextInt(5)));
      case 4 -> join(bytes, at, bytes, Math.max(0, at - random.nextInt(20)));
      case 5 -> insert(bytes, at, noise(random, 8));
      case 6 -> insert(bytes, at, BROKEN_UTF_8.get(random.nextInt(BROKEN_UTF_8.size())));
      case 7 -> join(bytes, at, bytes, bytes.length);
      case 8 -> repeat(bytes, at, random);
      default -> {
        byte[] other = others.get(random.nextInt(others.size()));
        yield join(bytes, at, other, random.nextInt(other.length + 1));
      }
    };
  }

  /** The same text in an encoding that is not UTF-8. */
  public static byte[] reencode(byte[] utf8, Random random) {
    return new String(utf8, StandardCharsets.UTF_8)
        .getBytes(CHARSETS.get(random.nextInt(CHARSETS.size())));
  }

  /** The head of one input and the tail of another. */
  static byte[] join(byte[] head, int headEnd, byte[] tail, int tailStart) {
    byte[] joined = new byte[headEnd + tail.length - tailStart];
    System.arraycopy(head, 0, joined, 0, headEnd);
    System.arraycopy(tail, tailStart, joined, headEnd, tail.length - tailStart);
    return joined;
  }

  private static byte[] set(byte[] bytes, int at, byte value) {
    byte[] changed = bytes.clone();
    changed[at] = value;
    return changed;
  }

  private static byte[] insert(byte[] bytes, int at, byte[] more) {
    byte[] head = join(bytes, at, more, 0);
    return join(head, head.length, bytes, at);
  }

  private static byte[] repeat(byte[] bytes, int at, Random random) {
    byte[] piece = join(new byte[0], 0, bytes, at);
    piece = join(piece, Math.min(piece.length, 1 + random.nextInt(30)), piece, piece.length);
    byte[] changed = bytes;
    for (int times = 1 + random.nextInt(40); times > 0; times--) {
      changed = insert(changed, at, piece);
    }
    return changed;
  }
}
