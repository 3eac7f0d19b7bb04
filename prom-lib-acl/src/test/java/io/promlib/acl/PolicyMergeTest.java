package io.promlib.acl;

import static io.promlib.acl.Action.PUBLISH;
import static io.promlib.acl.Action.SUBSCRIBE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PolicyMergeTest {

  private static final List<String> TOPICS = Patterns.all(3, "a", "b", "x");

  @Test
  void aDenyBeatsAnAllowOfTheSamePosition() {
    Policy allow = Policy.allow(PUBLISH, "**").build();
    Policy deny = Policy.deny(PUBLISH, "secret.**").build();
    for (Policy merged : List.of(allow.mergedWith(deny), deny.mergedWith(allow))) {
      assertThat(merged.allows(PUBLISH, "secret.a")).isFalse();
      assertThat(merged.allows(PUBLISH, "open")).isTrue();
    }
  }

  @Test
  void anEarlierAllowBeatsALaterDeny() {
    Policy allow = Policy.allow(PUBLISH, "a").build();
    Policy deny = Policy.allow(PUBLISH, "b").deny(PUBLISH, "**").build();
    Policy merged = allow.mergedWith(deny);
    assertThat(merged.allows(PUBLISH, "a")).isTrue();
    assertThat(merged.allows(PUBLISH, "b")).isTrue();
    assertThat(merged.allows(PUBLISH, "c")).isFalse();
  }

  @Test
  void aDenyOfTheSamePositionThatDoesNotMatchHasNoSay() {
    Policy deny = Policy.deny(SUBSCRIBE, "t").groups("bad").build();
    Policy allow = Policy.allow(SUBSCRIBE, "t").groups("*").build();
    assertThat(deny.mergedWith(allow).allowsSubscribe("t", "good")).isTrue();
    assertThat(deny.mergedWith(allow).allowsSubscribe("t", "bad")).isFalse();
  }

  @Test
  void aReaderWithoutAGroupIsDeniedByARuleWithGroupsOfTheSamePosition() {
    Policy grouped = Policy.allow(SUBSCRIBE, "t").groups("g").build();
    Policy open = Policy.allow(SUBSCRIBE, "t").build();
    assertThat(open.mergedWith(grouped).allowsRead("t")).isFalse();
    assertThat(open.mergedWith(grouped).allowsSubscribe("t", "other")).isTrue();
  }

  @Test
  void mergingWithNothingChangesNothing() {
    Policy policy = Policy.deny(PUBLISH, "a").allow(PUBLISH, "**").build();
    assertThat(policy.mergedWith(Policy.denyAll())).isEqualTo(policy);
    assertThat(policy.mergedWith(policy)).isEqualTo(policy);
    assertThat(Policy.merge(List.of())).isEqualTo(Policy.denyAll());
  }

  @Test
  void mergingDecidesLikeAPlainScanPositionByPosition() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 1_000; i++) {
      List<List<Rule>> sets = List.of(rules(random), rules(random), rules(random));
      Policy merged = Policy.merge(sets.stream().map(Policy::of).toList());
      for (String topic : TOPICS) {
        assertThat(merged.allows(PUBLISH, topic))
            .as("publish %s, rules %s, seed %d", topic, sets, seed)
            .isEqualTo(publishByDefinition(sets, topic));
        for (String group : RandomPolicies.GROUPS) {
          assertThat(RandomPolicies.subscribe(merged, topic, group))
              .as("subscribe %s as %s, rules %s, seed %d", topic, group, sets, seed)
              .isEqualTo(subscribeByDefinition(sets, topic, group));
        }
      }
    }
  }

  @Test
  void neitherOrderNorGroupingOfTheMergingMatters() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Policy a = Policy.of(rules(random));
      Policy b = Policy.of(rules(random));
      Policy c = Policy.of(rules(random));
      Policy together = Policy.merge(List.of(a, b, c));
      assertSameDecisions(a.mergedWith(b).mergedWith(c), together, seed);
      assertSameDecisions(c.mergedWith(b.mergedWith(a)), together, seed);
    }
  }

  @Test
  void theJsonOfAMergedPolicyDecidesTheSame() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      Policy merged = Policy.of(rules(random)).mergedWith(Policy.of(rules(random)));
      assertSameDecisions(Policy.fromJson(merged.toJson()), merged, seed);
    }
  }

  private static List<Rule> rules(Random random) {
    return RandomPolicies.rules(random, 4);
  }

  private static void assertSameDecisions(Policy actual, Policy expected, long seed) {
    for (String topic : TOPICS) {
      assertThat(actual.allows(PUBLISH, topic))
          .as("publish %s, %s, seed %d", topic, expected, seed)
          .isEqualTo(expected.allows(PUBLISH, topic));
      for (String group : RandomPolicies.GROUPS) {
        assertThat(RandomPolicies.subscribe(actual, topic, group))
            .as("subscribe %s as %s, %s, seed %d", topic, group, expected, seed)
            .isEqualTo(RandomPolicies.subscribe(expected, topic, group));
      }
    }
  }

  private static boolean publishByDefinition(List<List<Rule>> sets, String topic) {
    for (List<Rule> position : positions(sets)) {
      List<Boolean> answers = new ArrayList<>();
      for (Rule rule : position) {
        if (rule.actions().contains(PUBLISH) && matches(rule, topic)) {
          answers.add(rule.effect() == Effect.ALLOW);
        }
      }
      if (!answers.isEmpty()) {
        return !answers.contains(false);
      }
    }
    return false;
  }

  private static boolean subscribeByDefinition(
      List<List<Rule>> sets, String topic, @Nullable String group) {
    for (List<Rule> position : positions(sets)) {
      List<Boolean> answers = new ArrayList<>();
      for (Rule rule : position) {
        if (!rule.actions().contains(SUBSCRIBE) || !matches(rule, topic)) {
          continue;
        }
        List<String> groups = rule.groups();
        boolean allow = rule.effect() == Effect.ALLOW;
        if (groups == null) {
          answers.add(allow);
        } else if (group == null) {
          answers.add(false);
        } else if (groups.contains("*") || groups.contains(group)) {
          answers.add(allow);
        }
      }
      if (!answers.isEmpty()) {
        return !answers.contains(false);
      }
    }
    return false;
  }

  private static List<List<Rule>> positions(List<List<Rule>> sets) {
    List<List<Rule>> positions = new ArrayList<>();
    for (List<Rule> set : sets) {
      for (int i = 0; i < set.size(); i++) {
        if (i == positions.size()) {
          positions.add(new ArrayList<>());
        }
        positions.get(i).add(set.get(i));
      }
    }
    return positions;
  }

  private static boolean matches(Rule rule, String topic) {
    return rule.topics().stream().anyMatch(t -> t.matches(topic));
  }
}
