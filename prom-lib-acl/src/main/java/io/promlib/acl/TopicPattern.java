package io.promlib.acl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of topics, written as dot-separated segments: {@code *} is exactly one segment, {@code **}
 * any number of them, none included, anywhere and any number of times ({@code a.**} matches {@code
 * a} and {@code a.b.c}). The other segments are letters, digits, {@code -} and {@code _}, and match
 * themselves; case counts.
 *
 * <p>Compiled once, immutable, equal when written alike.
 */
public final class TopicPattern {

  /** The longest pattern, in characters; no topic is longer either. */
  public static final int MAX_LENGTH = Names.MAX_TOPIC;

  static final String ONE = "*";
  static final String ANY = "**";

  private final String text;
  private final List<String> segments;

  private TopicPattern(String text, List<String> segments) {
    this.text = text;
    this.segments = segments;
  }

  /**
   * Compiles a pattern.
   *
   * @throws IllegalArgumentException if it is empty or too long, a segment is empty, holds another
   *     character, or mixes {@code *} with other characters; the message names the segment and says
   *     how to mend it
   */
  public static TopicPattern of(String pattern) {
    if (pattern.isEmpty()) {
      throw new IllegalArgumentException(
          "the pattern is empty: name a topic, or write ** for every topic");
    }
    if (pattern.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the pattern has %d characters and may have %d: put ** in place of a part of it"
              .formatted(pattern.length(), MAX_LENGTH));
    }
    String[] parts = pattern.split("\\.", -1);
    List<String> segments = new ArrayList<>(parts.length);
    for (int i = 0; i < parts.length; i++) {
      checkSegment(pattern, i, parts[i]);
      boolean repeats = i > 0 && parts[i].equals(ANY) && parts[i - 1].equals(ANY);
      if (!repeats) {
        segments.add(parts[i]);
      }
    }
    return new TopicPattern(pattern, List.copyOf(segments));
  }

  /**
   * True if the topic is in the set. What is no legal topic name (also one beyond 193 characters)
   * is in no set. Takes at most pattern length times topic length steps and allocates nothing.
   */
  public boolean matches(String topic) {
    // Most topics fail on the shape, at its first segment, so that the characters are seldom read.
    return topic.length() <= MAX_LENGTH && matchesShape(topic) && Names.isTopic(topic);
  }

  /*
   * Only the last ** ever needs another try: whatever an earlier one could still swallow, the last
   * one can swallow too, and the segments between them are already placed as early as possible. So
   * each pattern segment is held against each topic segment at most once per place of the last **,
   * and there is no nesting of tries.
   */
  private boolean matchesShape(String topic) {
    int segment = 0;
    int start = 0; // of the topic's next segment; beyond its length when none is left
    int afterAny = -1;
    int retry = 0;
    while (start <= topic.length()) {
      boolean more = segment < segments.size();
      if (more && segments.get(segment).equals(ANY)) {
        segment++;
        afterAny = segment;
        retry = start;
      } else if (more && matchesAt(segments.get(segment), topic, start)) {
        segment++;
        start = nextStart(topic, start);
      } else if (afterAny >= 0) {
        segment = afterAny;
        retry = nextStart(topic, retry);
        start = retry;
      } else {
        return false;
      }
    }
    if (segment < segments.size() && segments.get(segment).equals(ANY)) {
      segment++;
    }
    return segment == segments.size();
  }

  /** True if no legal topic is outside the set. */
  boolean matchesEveryTopic() {
    List<String> others = segments.stream().filter(s -> !s.equals(ANY)).toList();
    return segments.contains(ANY) && (others.isEmpty() || others.equals(List.of(ONE)));
  }

  /**
   * The segments in their order; of several {@code **} side by side only one, which means the same.
   */
  List<String> segments() {
    return segments;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TopicPattern that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }

  private static boolean matchesAt(String segment, String topic, int start) {
    if (segment.equals(ONE)) {
      return true;
    }
    int end = start + segment.length();
    return topic.startsWith(segment, start) && (end == topic.length() || topic.charAt(end) == '.');
  }

  private static int nextStart(String topic, int start) {
    int dot = topic.indexOf('.', start);
    return (dot < 0 ? topic.length() : dot) + 1;
  }

  private static void checkSegment(String pattern, int index, String segment) {
    if (segment.equals(ONE) || segment.equals(ANY)) {
      return;
    }
    String where = "segment %d of the pattern %s".formatted(index + 1, Names.quoted(pattern));
    if (segment.isEmpty()) {
      throw new IllegalArgumentException(
          where + " is empty: take out the extra dot, or write * for any one segment");
    }
    for (int i = 0; i < segment.length(); i++) {
      char c = segment.charAt(i);
      if (c != '*' && !Names.isLegal(c)) {
        throw new IllegalArgumentException(
            "%s holds %s: use letters, digits, - and _ only, and dots between segments"
                .formatted(where, Names.quoted(String.valueOf(c))));
      }
    }
    if (segment.contains("*")) {
      throw new IllegalArgumentException(
          "%s is %s: a * stands for a whole segment, so write *, ** or the full name"
              .formatted(where, Names.quoted(segment)));
    }
  }
}
