package io.promlib.ws;

import io.promlib.testkit.fuzz.Utf8Text;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * RFC 6455 read the plain way, all bytes at hand: what {@link LimitedDraft} is held against. Gives
 * what is told to the connection, one line each.
 */
final class PlainReader {
  private final List<String> told = new ArrayList<>();
  private final int limitBefore;
  private final int limitAfter;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();
  private int kind = -1;
  private boolean anyText;

  private PlainReader(int limitBefore, int limitAfter) {
    this.limitBefore = limitBefore;
    this.limitAfter = limitAfter;
  }

  /** The limit is the second one after the first text. */
  static List<String> read(byte[] stream, int limitBefore, int limitAfter) {
    PlainReader reader = new PlainReader(limitBefore, limitAfter);
    ByteBuffer in = ByteBuffer.wrap(stream);
    while (reader.readFrame(in)) {
      // On to the next one.
    }
    return reader.told;
  }

  static String text(byte[] bytes) {
    return "text " + HexFormat.of().formatHex(bytes);
  }

  private boolean readFrame(ByteBuffer in) {
    if (in.remaining() < 2) {
      return false;
    }
    int first = in.get() & 0xff;
    int second = in.get() & 0xff;
    if (second < 0x80) {
      return end("error 1002");
    }
    int form = second - 0x80;
    int more = form == 126 ? 2 : form == 127 ? 8 : 0;
    if (in.remaining() < more + 4) {
      return false;
    }
    long length = form == 126 ? in.getShort() & 0xffff : form == 127 ? in.getLong() : form;
    byte[] mask = new byte[4];
    in.get(mask);
    boolean fin = first >= 0x80;
    int opcode = first & 0x0f;
    boolean longer = (form == 126 && length < 126) || (form == 127 && length < 65_536);
    if ((first & 0x70) != 0 || longer || (opcode > 2 && opcode < 8) || opcode > 10) {
      return end("error 1002");
    }
    if (opcode >= 8) {
      return (fin && length <= 125) ? readControl(opcode, in, length, mask) : end("error 1002");
    }
    if ((opcode == 0) != (kind >= 0)) {
      return end("error 1002");
    }
    if (length + message.size() > (anyText ? limitAfter : limitBefore)) {
      return end("too large");
    }
    kind = opcode == 0 ? kind : opcode;
    byte[] body = body(in, length, mask);
    if (body == null) {
      return false;
    }
    message.writeBytes(body);
    return !fin || endMessage();
  }

  private boolean readControl(int opcode, ByteBuffer in, long length, byte[] mask) {
    byte[] body = body(in, length, mask);
    if (body == null) {
      return false;
    }
    if (opcode == 9) {
      told.add("ping " + HexFormat.of().formatHex(body));
    } else if (opcode == 8) {
      return end(closing(body));
    }
    return true;
  }

  private static String closing(byte[] body) {
    int code = body.length == 1 ? 0 : closeCode(body);
    boolean maySend =
        (code >= 1000 && code <= 1003)
            || (code >= 1007 && code <= 1014)
            || (code >= 3000 && code <= 4999);
    if (!maySend) {
      return "error 1002";
    }
    byte[] reason = Arrays.copyOfRange(body, Math.min(2, body.length), body.length);
    return Utf8Text.isValid(reason) ? "close " + code : "error 1007";
  }

  /** None is a normal close. */
  private static int closeCode(byte[] body) {
    return body.length == 0 ? 1000 : ByteBuffer.wrap(body).getShort() & 0xffff;
  }

  private boolean endMessage() {
    byte[] whole = message.toByteArray();
    int opcode = kind;
    message.reset();
    kind = -1;
    if (opcode == 2) {
      return end("binary");
    }
    if (!Utf8Text.isValid(whole)) {
      return end("error 1007");
    }
    told.add(text(whole));
    anyText = true;
    return true;
  }

  private static byte @Nullable [] body(ByteBuffer in, long length, byte[] mask) {
    if (in.remaining() < length) {
      return null;
    }
    byte[] body = new byte[(int) length];
    in.get(body);
    for (int i = 0; i < body.length; i++) {
      body[i] ^= mask[i & 3];
    }
    return body;
  }

  private boolean end(String verdict) {
    told.add(verdict);
    return false;
  }
}
