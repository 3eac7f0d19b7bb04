package io.promlib.examples.bench.hostile;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Bytes as a WebSocket client sends them (RFC 6455). The mask is zero, so nobody has to apply it.
 */
final class Frames {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int PING = 9;
  static final int PONG = 10;
  private static final int FIN = 0x80;

  private Frames() {}

  static byte[] handshake() {
    List<String> lines =
        List.of(
            "GET / HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13");
    return utf8(String.join("\r\n", lines) + "\r\n\r\n");
  }

  static byte[] text(String text) {
    return frame(FIN | TEXT, utf8(text));
  }

  static byte[] control(int opcode, int bytes) {
    return frame(FIN | opcode, new byte[bytes]);
  }

  /** A message's first fragment, or a further one. */
  static byte[] fragment(int opcode, String text) {
    return frame(opcode, utf8(text));
  }

  /** The header of a text frame that declares so many bytes. */
  static byte[] header(long length) {
    return header(FIN | TEXT, length);
  }

  static byte[] frame(int head, byte[] body) {
    return join(header(head, body.length), body);
  }

  private static byte[] header(int head, long length) {
    ByteBuffer bytes = ByteBuffer.allocate(14).put((byte) head);
    if (length < 126) {
      bytes.put((byte) (0x80 | length));
    } else if (length < 65_536) {
      bytes.put((byte) (0x80 | 126)).putShort((short) length);
    } else {
      bytes.put((byte) (0x80 | 127)).putLong(length);
    }
    bytes.putInt(0).flip();
    byte[] exact = new byte[bytes.remaining()];
    bytes.get(exact);
    return exact;
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] times(int count, byte[] part) {
    byte[][] parts = new byte[count][];
    Arrays.fill(parts, part);
    return join(parts);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
