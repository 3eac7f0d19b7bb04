package io.promlib.ws;

import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.Odd;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * What a client might send after its handshake: mostly good frames, each part of which may be bad.
 */
final class FrameStreams implements Fuzz.Generator {
  private static final int FIN = 0x80;
  private static final int[] CLOSE_CODES = {
    0, 999, 1000, 1001, 1003, 1004, 1005, 1006, 1007, 1011, 1014, 1015, 1016, 2999, 3000, 4999, 5000
  };

  private final List<byte[]> texts;

  /** Of these texts and others. */
  FrameStreams(List<byte[]> texts) {
    this.texts = texts;
  }

  @Override
  public byte[] next(Random random) {
    if (random.nextInt(50) == 0) {
      return Bytes.noise(random, 60);
    }
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    for (int messages = 1 + random.nextInt(6); messages > 0; messages--) {
      message(stream, random);
    }
    byte[] made = stream.toByteArray();
    return random.nextInt(4) == 0 ? Bytes.mutate(made, List.of(made), random) : made;
  }

  /** One text in one frame, with nothing wrong. */
  static byte[] good(byte[] text) {
    ByteBuffer frame = ByteBuffer.allocate(8 + text.length).put((byte) (FIN | 1));
    if (text.length < 126) {
      frame.put((byte) (0x80 | text.length));
    } else {
      frame.put((byte) 0xfe).putShort((short) text.length);
    }
    frame.putInt(0).put(text).flip();
    return Arrays.copyOf(frame.array(), frame.limit());
  }

  private void message(ByteArrayOutputStream out, Random random) {
    int kind = random.nextInt(14);
    if (kind == 0) {
      frame(out, FIN | (random.nextBoolean() ? 9 : 10), control(random), random);
    } else if (kind == 1) {
      frame(out, FIN | 8, close(random), random);
    } else if (kind == 2) {
      frame(out, random.nextInt(256), Bytes.noise(random, 20), random);
    } else if (kind == 3) {
      frame(out, FIN | 2, Bytes.noise(random, 20), random);
    } else {
      fragments(out, text(random), random);
    }
  }

  private byte[] text(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> Bytes.mutate("é\u20ac\ud83d\ude00".getBytes(StandardCharsets.UTF_8), texts, random);
      case 1 -> "x".repeat(120 + random.nextInt(12)).getBytes(StandardCharsets.UTF_8);
      case 2 -> new byte[random.nextInt(30) == 0 ? 65_530 + random.nextInt(5_000) : 0];
      case 3, 4 -> Odd.string(random).getBytes(StandardCharsets.UTF_8);
      default -> texts.get(random.nextInt(texts.size()));
    };
  }

  private static byte[] control(Random random) {
    return Bytes.noise(random, random.nextInt(10) == 0 ? 130 : 8);
  }

  private static byte[] close(Random random) {
    if (random.nextInt(6) == 0) {
      return Bytes.noise(random, 4);
    }
    byte[] reason = random.nextBoolean() ? new byte[0] : Bytes.noise(random, 3);
    int code = CLOSE_CODES[random.nextInt(CLOSE_CODES.length)];
    return ByteBuffer.allocate(2 + reason.length).putShort((short) code).put(reason).array();
  }

  private static void fragments(ByteArrayOutputStream out, byte[] text, Random random) {
    int parts = random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 1;
    int at = 0;
    for (int part = 1; part <= parts; part++) {
      int end = part == parts ? text.length : at + random.nextInt(text.length - at + 1);
      byte[] body = Arrays.copyOfRange(text, at, end);
      frame(out, (part == parts ? FIN : 0) | (part == 1 ? 1 : 0), body, random);
      at = end;
      if (part < parts && random.nextInt(4) == 0) {
        frame(out, FIN | 9, control(random), random);
      }
    }
  }

  /** Masked and with the right length, but one time in a hundred each. */
  private static void frame(ByteArrayOutputStream out, int first, byte[] body, Random random) {
    ByteBuffer head = ByteBuffer.allocate(14);
    int masked = random.nextInt(100) == 0 ? 0 : 0x80;
    long length = random.nextInt(100) == 0 ? random.nextLong() >> random.nextInt(64) : body.length;
    boolean longer = random.nextInt(100) == 0;
    head.put((byte) first);
    if (length >= 0 && length < 126 && !longer) {
      head.put((byte) (masked | length));
    } else if (length >= 0 && length < 65_536 && (!longer || random.nextBoolean())) {
      head.put((byte) (masked | 126)).putShort((short) length);
    } else {
      head.put((byte) (masked | 127)).putLong(length);
    }
    byte[] mask = new byte[4];
    if (random.nextBoolean()) {
      random.nextBytes(mask);
    }
    if (masked != 0) {
      head.put(mask);
    }
    out.write(head.array(), 0, head.position());
    for (int i = 0; i < body.length; i++) {
      out.write(body[i] ^ mask[i & 3]);
    }
  }
}
