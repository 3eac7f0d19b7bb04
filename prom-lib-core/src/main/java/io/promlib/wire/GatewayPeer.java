package io.promlib.wire;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection.
 *
 * @param id never used again in this process
 * @param remote where the connection came from; a proxy's address behind a proxy
 * @param subject whom its token speaks for, exactly as the token says; null before AUTH
 */
public record GatewayPeer(long id, InetSocketAddress remote, @Nullable String subject) {
  private static final int MOST_SHOWN = 100;

  /** The same connection, now known to speak for {@code subject}. */
  public GatewayPeer as(String subject) {
    return new GatewayPeer(id, remote, subject);
  }

  /**
   * For a log line: on one line whatever the subject is, which is quoted, escaped where it could be
   * taken for something else, and cut after 100 characters.
   */
  @Override
  public String toString() {
    return "connection " + id + " from " + remote + (subject == null ? "" : " of " + quoted());
  }

  private String quoted() {
    StringBuilder shown = new StringBuilder("\"");
    String whole = String.valueOf(subject);
    for (int i = 0; i < Math.min(whole.length(), MOST_SHOWN); i++) {
      char c = whole.charAt(i);
      if (isPlain(c)) {
        shown.append(c);
      } else {
        shown.append(String.format("\\u%04x", (int) c));
      }
    }
    return shown.append(whole.length() > MOST_SHOWN ? "…\"" : "\"").toString();
  }

  /** Letters and the like; no line breaks, terminal controls, marks that turn text round. */
  private static boolean isPlain(char c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> c != '"' && c != '\\';
    };
  }
}
