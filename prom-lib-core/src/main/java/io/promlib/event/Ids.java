package io.promlib.event;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** How ids are made. */
public final class Ids {
  private Ids() {}

  /**
   * A UUID of version 7 (RFC 9562 §5.7): the time in its first 48 bits, 74 random bits after.
   * Unique, not secret.
   *
   * @param millis epoch milliseconds
   */
  public static String next(long millis) {
    return EventId.next(millis).toString();
  }

  /**
   * The id of something that is made of these parts: the SHA-256, in hex, of each part's length and
   * text.
   */
  public static String derived(String... parts) {
    MessageDigest digest = sha256();
    for (String part : parts) {
      byte[] text = part.getBytes(StandardCharsets.UTF_8);
      digest.update((text.length + ":").getBytes(StandardCharsets.US_ASCII));
      digest.update(text);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The SHA-256 of one text, in hex. */
  public static String sha256(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
