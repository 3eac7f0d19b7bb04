package io.promlib.http;

import java.io.ByteArrayOutputStream;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;

/** Undoes percent-encoding (RFC 3986, 2.1), strictly: nothing is replaced by a stand-in. */
final class Percent {
  private static final String RULE = " is not percent-encoded UTF-8";

  private Percent() {}

  /**
   * Decodes a text.
   *
   * @param what names the text in an error
   * @param plus whether {@code +} means a space, as forms write it
   */
  static String decode(String what, String encoded, boolean plus) throws HttpError {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%') {
        bytes.write(hex(what, encoded, i + 1));
        i += 2;
      } else if (c == '+' && plus) {
        bytes.write(' ');
      } else if (c > ' ' && c < 0x7f) {
        bytes.write(c);
      } else {
        throw HttpError.badRequest(what + RULE);
      }
    }
    try {
      return Utf8.decode(bytes.toByteArray());
    } catch (CharacterCodingException e) {
      throw HttpError.badRequest(what + RULE);
    }
  }

  private static int hex(String what, String encoded, int at) throws HttpError {
    if (at + 2 > encoded.length()
        || !HexFormat.isHexDigit(encoded.charAt(at))
        || !HexFormat.isHexDigit(encoded.charAt(at + 1))) {
      throw HttpError.badRequest(what + RULE);
    }
    return HexFormat.fromHexDigits(encoded, at, at + 2);
  }
}
