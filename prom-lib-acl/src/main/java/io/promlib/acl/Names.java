package io.promlib.acl;

/** What a topic and a group may be called, and how a refused name is shown in a message. */
final class Names {

  /**
   * What a topic may have, 180 characters, and what the bus puts around it: {@code dlq.} and {@code
   * .snapshot}.
   */
  static final int MAX_TOPIC = 180 + 4 + 9;

  static final int MAX_GROUP = 100;

  private static final int MAX_SHOWN = 200;

  private Names() {}

  static boolean isTopic(String name) {
    return isName(name, MAX_TOPIC);
  }

  static boolean isGroup(String name) {
    return isName(name, MAX_GROUP);
  }

  /** True for an ASCII letter, a digit, {@code -} or {@code _}. */
  static boolean isLegal(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }

  /** The text in quotes, bounded, and with whatever could break a log line spelled out. */
  static String quoted(String text) {
    StringBuilder shown = new StringBuilder("\"");
    for (int i = 0; i < Math.min(text.length(), MAX_SHOWN); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c <= '~') {
        shown.append(c);
      } else {
        shown.append(String.format("\\u%04x", (int) c));
      }
    }
    return shown.append(text.length() > MAX_SHOWN ? "…\"" : "\"").toString();
  }

  private static boolean isName(String name, int max) {
    if (name.length() > max) {
      return false;
    }
    boolean segmentIsEmpty = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (isLegal(c)) {
        segmentIsEmpty = false;
      } else if (c == '.' && !segmentIsEmpty) {
        segmentIsEmpty = true;
      } else {
        return false;
      }
    }
    return !segmentIsEmpty;
  }
}
