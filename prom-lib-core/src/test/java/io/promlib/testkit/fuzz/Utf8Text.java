package io.promlib.testkit.fuzz;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** What the JDK's own decoder says of bytes. */
public final class Utf8Text {
  private Utf8Text() {}

  /** Whether they are UTF-8 as RFC 3629 has it. */
  public static boolean isValid(byte[] bytes) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
