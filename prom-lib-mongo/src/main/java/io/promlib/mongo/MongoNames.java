package io.promlib.mongo;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The names of the collections. Every process of one bus has the same ones.
 *
 * @param events the events of all topics
 * @param cursors the groups
 * @param topics what belongs to a topic as a whole
 * @param outbox records that wait to become events
 * @param outboxKeys the order of records with one key
 * @param dedupe ids that a consumer has handled
 */
public record MongoNames(
    String events, String cursors, String topics, String outbox, String outboxKeys, String dedupe) {

  private static final int MAX = 100;

  /**
   * @throws IllegalArgumentException if a name is none that MongoDB takes, or two are the same
   */
  public MongoNames {
    List<String> all = List.of(events, cursors, topics, outbox, outboxKeys, dedupe);
    Set<String> seen = new HashSet<>();
    for (String name : all) {
      check(name);
      if (!seen.add(name)) {
        throw new IllegalArgumentException("two collections have the name '" + name + "'");
      }
    }
  }

  /** The names that the protocol fixes. */
  public static MongoNames defaults() {
    return withPrefix("");
  }

  /** Those, each behind a prefix, so that two buses share a database. */
  public static MongoNames withPrefix(String prefix) {
    return new MongoNames(
        prefix + "events",
        prefix + "cursors",
        prefix + "topics",
        prefix + "outbox",
        prefix + "outbox_keys",
        prefix + "dedupe");
  }

  private static void check(String name) {
    if (name.isEmpty() || name.length() > MAX) {
      throw new IllegalArgumentException(
          "a collection's name must have 1 to " + MAX + " characters, has " + name.length());
    }
    if (name.startsWith("system.") || name.indexOf('$') >= 0 || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "a collection's name must not begin with 'system.' nor hold '$' or NUL, is '"
              + name
              + "'");
    }
  }
}
