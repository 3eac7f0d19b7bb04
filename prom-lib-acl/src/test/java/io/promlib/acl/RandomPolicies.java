package io.promlib.acl;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Random rules, and the plain scan over them that a policy must agree with. */
final class RandomPolicies {

  /** Null is a reader without a group. */
  static final List<@Nullable String> GROUPS = java.util.Arrays.asList(null, "g1", "g2", "g3");

  private RandomPolicies() {}

  static List<Rule> rules(Random random, int most) {
    List<Rule> rules = new ArrayList<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      rules.add(rule(random));
    }
    return rules;
  }

  static Rule rule(Random random) {
    List<TopicPattern> topics = new ArrayList<>();
    for (int i = random.nextInt(3); i >= 0; i--) {
      topics.add(TopicPattern.of(Patterns.random(random, 5, "a", "b", "c", "*", "**")));
    }
    return new Rule(
        pick(random, List.of(Effect.values())),
        pick(random, List.of(Set.of(Action.PUBLISH), Set.of(Action.SUBSCRIBE), Action.ANY)),
        topics,
        switch (random.nextInt(6)) {
          case 0 -> List.of("g1");
          case 1 -> List.of("g1", "g2");
          case 2 -> List.of("*");
          default -> null;
        });
  }

  static boolean publish(List<Rule> rules, String topic) {
    for (Rule rule : rules) {
      if (rule.actions().contains(Action.PUBLISH) && matches(rule, topic)) {
        return rule.effect() == Effect.ALLOW;
      }
    }
    return false;
  }

  static boolean subscribe(List<Rule> rules, String topic, @Nullable String group) {
    for (Rule rule : rules) {
      if (!rule.actions().contains(Action.SUBSCRIBE) || !matches(rule, topic)) {
        continue;
      }
      List<String> groups = rule.groups();
      if (groups == null) {
        return rule.effect() == Effect.ALLOW;
      }
      if (group == null) {
        return false;
      }
      if (groups.contains("*") || groups.contains(group)) {
        return rule.effect() == Effect.ALLOW;
      }
    }
    return false;
  }

  static boolean subscribe(Policy policy, String topic, @Nullable String group) {
    return group == null ? policy.allowsRead(topic) : policy.allowsSubscribe(topic, group);
  }

  private static boolean matches(Rule rule, String topic) {
    return rule.topics().stream().anyMatch(t -> t.matches(topic));
  }

  private static <T> T pick(Random random, List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
