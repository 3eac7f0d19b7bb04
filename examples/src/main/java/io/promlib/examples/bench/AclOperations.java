package io.promlib.examples.bench;

import io.promlib.acl.Action;
import io.promlib.acl.Policy;
import io.promlib.acl.PolicyBuilder;
import io.promlib.acl.TopicPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/** One topic against a thousand patterns. Half the topics match one of them, half none. */
final class AclOperations {
  private static final int PATTERNS = 1_000;
  private static final int TOPICS = 256;

  private AclOperations() {}

  static BooleanSupplier policy() {
    PolicyBuilder builder = Policy.allow(Action.PUBLISH, pattern(0));
    for (int i = 1; i < PATTERNS; i++) {
      builder.allow(Action.PUBLISH, pattern(i));
    }
    Policy policy = builder.build();
    List<String> topics = topics();
    return inTurn(topic -> policy.allows(Action.PUBLISH, topics.get(topic)));
  }

  static BooleanSupplier scan() {
    List<TopicPattern> patterns = new ArrayList<>();
    for (int i = 0; i < PATTERNS; i++) {
      patterns.add(TopicPattern.of(pattern(i)));
    }
    List<String> topics = topics();
    return inTurn(
        topic -> {
          for (TopicPattern pattern : patterns) {
            if (pattern.matches(topics.get(topic))) {
              return true;
            }
          }
          return false;
        });
  }

  static BooleanSupplier regexes() {
    List<Pattern> patterns = new ArrayList<>();
    for (int i = 0; i < PATTERNS; i++) {
      patterns.add(Pattern.compile(regex(pattern(i))));
    }
    // Each segment with a dot after it, so that ** can be none of them.
    List<String> topics = topics().stream().map(topic -> topic + ".").toList();
    return inTurn(
        topic -> {
          for (Pattern pattern : patterns) {
            if (pattern.matcher(topics.get(topic)).matches()) {
              return true;
            }
          }
          return false;
        });
  }

  private static String pattern(int i) {
    return switch (i % 4) {
      case 0 -> "service-" + i + ".*.created";
      case 1 -> "orders.*.shop-" + i + ".**";
      case 2 -> "audit.**.unit-" + i;
      default -> "metrics.host-" + i + ".*.*";
    };
  }

  private static List<String> topics() {
    List<String> topics = new ArrayList<>();
    for (int i = 0; i < TOPICS; i++) {
      int number = PATTERNS / 2 + i;
      String mark = i % 8 < 4 ? "" : "x";
      topics.add(
          switch (number % 4) {
            case 0 -> "service-" + number + ".a.created" + mark;
            case 1 -> "orders.eu.shop-" + number + mark + ".paid";
            case 2 -> "audit.a.b.unit-" + number + mark;
            default -> "metrics.host-" + number + mark + ".cpu.load";
          });
    }
    return topics;
  }

  private static String regex(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (String segment : pattern.split("\\.", -1)) {
      regex.append(
          switch (segment) {
            case "*" -> "[^.]+\\.";
            case "**" -> "(?:[^.]+\\.)*";
            default -> Pattern.quote(segment + ".");
          });
    }
    return regex.toString();
  }

  private interface Decision {
    boolean of(int topic);
  }

  private static BooleanSupplier inTurn(Decision decision) {
    int allowed = 0;
    for (int topic = 0; topic < TOPICS; topic++) {
      allowed += decision.of(topic) ? 1 : 0;
    }
    if (allowed != TOPICS / 2) {
      throw new IllegalStateException(allowed + " topics are allowed, not " + TOPICS / 2);
    }
    int[] next = new int[1];
    return () -> decision.of(next[0]++ % TOPICS);
  }
}
