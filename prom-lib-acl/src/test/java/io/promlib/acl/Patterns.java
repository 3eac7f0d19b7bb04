package io.promlib.acl;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Patterns and topics for tests, and the plainest matcher there is to hold the real one against.
 */
final class Patterns {

  private Patterns() {}

  /** Follows the definition word by word; exponential. */
  static boolean matchesByDefinition(List<String> pattern, List<String> topic) {
    if (pattern.isEmpty()) {
      return topic.isEmpty();
    }
    List<String> rest = pattern.subList(1, pattern.size());
    if (pattern.get(0).equals("**")) {
      for (int swallowed = 0; swallowed <= topic.size(); swallowed++) {
        if (matchesByDefinition(rest, topic.subList(swallowed, topic.size()))) {
          return true;
        }
      }
      return false;
    }
    return !topic.isEmpty()
        && (pattern.get(0).equals("*") || pattern.get(0).equals(topic.get(0)))
        && matchesByDefinition(rest, topic.subList(1, topic.size()));
  }

  static boolean matchesByDefinition(String pattern, String topic) {
    return matchesByDefinition(List.of(pattern.split("\\.")), List.of(topic.split("\\.")));
  }

  /** Every sequence of 1 to {@code most} of these segments, joined with dots. */
  static List<String> all(int most, String... segments) {
    List<String> all = new ArrayList<>();
    List<String> longest = List.of("");
    for (int length = 1; length <= most; length++) {
      List<String> next = new ArrayList<>();
      for (String start : longest) {
        for (String segment : segments) {
          next.add(start.isEmpty() ? segment : start + "." + segment);
        }
      }
      all.addAll(next);
      longest = next;
    }
    return all;
  }

  static String random(Random random, int most, String... segments) {
    List<String> picked = new ArrayList<>();
    for (int i = random.nextInt(most); i >= 0; i--) {
      picked.add(segments[random.nextInt(segments.length)]);
    }
    return String.join(".", picked);
  }

  /** The given text repeated and cut, without a dot at its end. */
  static String filled(String repeated, int length) {
    String text = repeated.repeat(length / repeated.length() + 1).substring(0, length);
    return text.endsWith(".") ? text.substring(0, length - 1) : text;
  }
}
