package io.promlib.http;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** UTF-8 with no leniency: no overlong forms, no half surrogates (RFC 3629). */
final class Utf8 {
  private static final int CHUNK = 4096;

  private Utf8() {}

  static String decode(byte[] bytes) throws CharacterCodingException {
    return decoder().decode(ByteBuffer.wrap(bytes)).toString();
  }

  /** Refuses a body in another encoding, by name where it can be told. */
  static void require(byte[] body) throws HttpError {
    if (startsWith(body, 0xEF, 0xBB, 0xBF)) {
      throw bad("the body begins with a byte order mark; leave it out");
    }
    if (startsWith(body, 0xFE, 0xFF) || startsWith(body, 0xFF, 0xFE) || hasNul(body)) {
      throw bad("the body looks like UTF-16 or UTF-32; send UTF-8");
    }
    ByteBuffer in = ByteBuffer.wrap(body);
    CharBuffer out = CharBuffer.allocate(CHUNK);
    CharsetDecoder decoder = decoder();
    CoderResult result;
    do {
      result = decoder.decode(in, out.clear(), true);
    } while (result.isOverflow());
    if (result.isError()) {
      throw bad("the body is not UTF-8; look at byte " + in.position());
    }
  }

  private static CharsetDecoder decoder() {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }

  private static boolean startsWith(byte[] body, int... first) {
    if (body.length < first.length) {
      return false;
    }
    for (int i = 0; i < first.length; i++) {
      if ((body[i] & 0xFF) != first[i]) {
        return false;
      }
    }
    return true;
  }

  /** JSON has no NUL anywhere, and in the other encodings its first characters have one. */
  private static boolean hasNul(byte[] body) {
    for (int i = 0; i < Math.min(4, body.length); i++) {
      if (body[i] == 0) {
        return true;
      }
    }
    return false;
  }

  private static HttpError bad(String message) {
    return new HttpError(400, "bad_json", message);
  }
}
