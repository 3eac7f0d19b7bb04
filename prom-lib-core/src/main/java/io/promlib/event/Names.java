package io.promlib.event;

/**
 * The rules for topics, groups, keys and ids. Each check returns its argument, or throws an {@link
 * IllegalArgumentException} that says which rule it breaks and where.
 */
public final class Names {
  public static final int MAX_TOPIC = 180;
  public static final int MAX_GROUP = 100;
  public static final int MAX_KEY = 256;
  public static final int MAX_ID = 128;

  /** Where dead letters of a topic go: this prefix and the topic's name. */
  public static final String DEAD_LETTER_PREFIX = "dlq.";

  /** Where snapshots of a keyed topic go: the topic's name and this suffix. */
  public static final String SNAPSHOT_SUFFIX = ".snapshot";

  /** What the groups of compactors begin with; 64 digits of hex follow. */
  private static final String COMPACTOR_PREFIX = "compactor.";

  private static final int COMPACTOR_LENGTH = COMPACTOR_PREFIX.length() + 64;

  private Names() {}

  /**
   * A topic: dot-separated segments of letters, digits, {@code -} and {@code _}, at most 180
   * characters. What the bus puts before and behind the names of its own topics does not count.
   */
  public static String topic(String name) {
    int own =
        (isDeadLetterTopic(name) ? DEAD_LETTER_PREFIX.length() : 0)
            + (name.endsWith(SNAPSHOT_SUFFIX) ? SNAPSHOT_SUFFIX.length() : 0);
    return dotted("topic", name, MAX_TOPIC + own);
  }

  /** A group: the same rule as a topic, at most 100 characters. */
  public static String group(String name) {
    return dotted("group", name, MAX_GROUP);
  }

  /** A key: 1 to 256 characters of any kind, but no half of a surrogate pair. */
  public static String key(String key) {
    if (key.isEmpty() || key.length() > MAX_KEY) {
      throw new IllegalArgumentException(
          "key must have 1 to " + MAX_KEY + " characters, has " + key.length());
    }
    if (!Utf8.hasWholePairs(key)) {
      throw new IllegalArgumentException("key must be Unicode, it holds half a surrogate pair");
    }
    return key;
  }

  /** An id: 1 to 128 printable characters without spaces. */
  public static String id(String id) {
    if (id.isEmpty() || id.length() > MAX_ID) {
      throw new IllegalArgumentException(
          "id must have 1 to " + MAX_ID + " characters, has " + id.length());
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c <= ' '
          || Character.isISOControl(c)
          || Character.isWhitespace(c)
          || Character.isSpaceChar(c)) {
        throw new IllegalArgumentException(
            "id must have printable characters without spaces only, character "
                + i
                + " is not one");
      }
    }
    if (!Utf8.hasWholePairs(id)) {
      throw new IllegalArgumentException("id must be Unicode, it holds half a surrogate pair");
    }
    return id;
  }

  /** A header's name: any characters, but no half of a surrogate pair. */
  public static String header(String name) {
    if (!Utf8.hasWholePairs(name)) {
      throw new IllegalArgumentException(
          "headers must have names that are Unicode, one holds half a surrogate pair");
    }
    return name;
  }

  /** The topic that holds the dead letters of {@code topic}. */
  public static String deadLetterTopic(String topic) {
    return DEAD_LETTER_PREFIX + topic;
  }

  public static boolean isDeadLetterTopic(String topic) {
    return topic.startsWith(DEAD_LETTER_PREFIX);
  }

  /**
   * Whether only the bus itself publishes to this topic; remote clients may read it, not write it.
   */
  public static boolean isReserved(String topic) {
    return isDeadLetterTopic(topic) || topic.endsWith(SNAPSHOT_SUFFIX);
  }

  /** The group of the compactor that publishes to a snapshot topic. */
  public static String compactorGroup(String snapshotTopic) {
    return COMPACTOR_PREFIX + Ids.sha256(snapshotTopic);
  }

  /** Whether a group is that of a compactor, which nobody else works on. */
  public static boolean isCompactorGroup(String group) {
    return group.length() == COMPACTOR_LENGTH
        && group.startsWith(COMPACTOR_PREFIX)
        && group.indexOf('.', COMPACTOR_PREFIX.length()) < 0;
  }

  private static String dotted(String what, String name, int max) {
    if (name.isEmpty() || name.length() > max) {
      throw new IllegalArgumentException(
          what + " must have 1 to " + max + " characters, has " + name.length());
    }
    boolean start = true;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c == '.') {
        if (start) {
          throw new IllegalArgumentException(
              what + " '" + name + "' has an empty segment before character " + i);
        }
        start = true;
      } else if (isNameChar(c)) {
        start = false;
      } else {
        throw new IllegalArgumentException(
            what
                + " may hold letters, digits, '-', '_' and dots between segments; character "
                + i
                + " is another");
      }
    }
    if (start) {
      throw new IllegalArgumentException(what + " '" + name + "' ends with an empty segment");
    }
    return name;
  }

  private static boolean isNameChar(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_';
  }
}
