package io.promlib.acl;

import static io.promlib.acl.Action.PUBLISH;
import static io.promlib.acl.Action.SUBSCRIBE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PolicyTest {

  @Test
  void theFirstRuleThatMatchesDecides() {
    Policy policy = Policy.allow(PUBLISH, "a.b").deny(PUBLISH, "a.*").allow(PUBLISH, "**").build();
    assertThat(policy.allows(PUBLISH, "a.b")).isTrue();
    assertThat(policy.allows(PUBLISH, "a.c")).isFalse();
    assertThat(policy.allows(PUBLISH, "b")).isTrue();
  }

  @Test
  void noMatchDenies() {
    Policy policy = Policy.allow(PUBLISH, "a").build();
    assertThat(policy.allows(PUBLISH, "b")).isFalse();
  }

  @Test
  void oneActionDoesNotGiveTheOther() {
    Policy policy = Policy.allow(PUBLISH, "p").allow(SUBSCRIBE, "s").build();
    assertThat(policy.allows(SUBSCRIBE, "p")).isFalse();
    assertThat(policy.allowsSubscribe("p", "g")).isFalse();
    assertThat(policy.allows(PUBLISH, "s")).isFalse();
    assertThat(policy.allows(SUBSCRIBE, "s")).isTrue();
    assertThat(policy.allowsSubscribe("s", "g")).isTrue();
  }

  @Test
  void aRuleMayBeAboutBothActionsAndSeveralTopics() {
    Policy policy = Policy.allow(Action.ANY, "a", "b.**").build();
    for (Action action : Action.values()) {
      assertThat(policy.allows(action, "a")).isTrue();
      assertThat(policy.allows(action, "b.c")).isTrue();
      assertThat(policy.allows(action, "c")).isFalse();
    }
  }

  @Test
  void everythingAndNothing() {
    for (Action action : Action.values()) {
      assertThat(Policy.allowAll().allows(action, "any.topic")).isTrue();
      assertThat(Policy.denyAll().allows(action, "any.topic")).isFalse();
    }
    assertThat(Policy.allowAll().allowsSubscribe("any.topic", "any")).isTrue();
    assertThat(Policy.denyAll().allowsSubscribe("any.topic", "any")).isFalse();
  }

  @Test
  void whatIsNoNameIsRefusedEvenWhereEverythingIsAllowed() {
    for (String topic : List.of("", "a..b", "a.*", "**", "a b", "a".repeat(194))) {
      assertThat(Policy.allowAll().allows(PUBLISH, topic)).as(topic).isFalse();
      assertThat(Policy.allowAll().allows(SUBSCRIBE, topic)).as(topic).isFalse();
      assertThat(Policy.allowAll().allowsSubscribe(topic, "g")).as(topic).isFalse();
    }
    for (String group : List.of("", "*", "a b", "a".repeat(101))) {
      assertThat(Policy.allowAll().allowsSubscribe("t", group)).as(group).isFalse();
    }
    assertThat(Policy.allowAll().allowsSubscribe("t", "a".repeat(100))).isTrue();
  }

  @Test
  void aRuleWithGroupsIsPassedOverByOtherGroups() {
    Policy policy =
        Policy.deny(SUBSCRIBE, "t").groups("bad", "worse").allow(SUBSCRIBE, "t").build();
    assertThat(policy.allowsSubscribe("t", "good")).isTrue();
    assertThat(policy.allowsSubscribe("t", "bad")).isFalse();
    assertThat(policy.allowsSubscribe("t", "worse")).isFalse();
  }

  @Test
  void aReaderWithoutAGroupThatMeetsARuleWithGroupsIsDenied() {
    Policy named = Policy.allow(SUBSCRIBE, "t").groups("g").allow(SUBSCRIBE, "**").build();
    Policy anyGroup = Policy.allow(SUBSCRIBE, "t").groups("*").allow(SUBSCRIBE, "**").build();
    for (Policy policy : List.of(named, anyGroup)) {
      assertThat(policy.allowsSubscribe("t", "g")).isTrue();
      assertThat(policy.allowsRead("t")).isFalse();
      assertThat(policy.allows(SUBSCRIBE, "t")).isFalse();
      assertThat(policy.allowsRead("other")).isTrue();
    }
  }

  @Test
  void aReaderWithoutAGroupDoesNotMeetWhatComesAfterItsRule() {
    Policy policy = Policy.allow(SUBSCRIBE, "**").allow(SUBSCRIBE, "t").groups("g").build();
    assertThat(policy.allowsRead("t")).isTrue();
  }

  @Test
  void groupsDoNotRestrictPublishing() {
    Policy policy = Policy.allow(Action.ANY, "t").groups("g").build();
    assertThat(policy.allows(PUBLISH, "t")).isTrue();
    assertThat(policy.allowsRead("t")).isFalse();
  }

  @Test
  void aPolicyDecidesLikeAPlainScanOfItsRules() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> topics = Patterns.all(4, "a", "b", "x");
    for (int i = 0; i < 1_000; i++) {
      List<Rule> rules = RandomPolicies.rules(random, 12);
      Policy policy = Policy.of(rules);
      for (String topic : topics) {
        assertSame(
            policy.allows(PUBLISH, topic),
            RandomPolicies.publish(rules, topic),
            rules,
            topic,
            seed);
        for (String group : RandomPolicies.GROUPS) {
          assertSame(
              RandomPolicies.subscribe(policy, topic, group),
              RandomPolicies.subscribe(rules, topic, group),
              rules,
              topic + " of " + group,
              seed);
        }
      }
    }
  }

  @Test
  void manyRandomRulesOnLongTopicsDecideLikeAPlainScan() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 20; i++) {
      List<Rule> rules = RandomPolicies.rules(random, 500);
      Policy policy = Policy.of(rules);
      for (int j = 0; j < 200; j++) {
        String topic = Patterns.random(random, 20, "a", "b", "c", "d");
        assertSame(
            policy.allows(PUBLISH, topic),
            RandomPolicies.publish(rules, topic),
            rules,
            topic,
            seed);
      }
    }
  }

  @Test
  @Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void noSetOfPatternsTakesLong() {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String pattern = Patterns.filled(i % 2 == 0 ? "**.a." : "**.*.a.", 170) + ".x" + i;
      rules.add(new Rule(Effect.ALLOW, Set.of(PUBLISH), List.of(TopicPattern.of(pattern)), null));
    }
    Policy policy = Policy.of(rules);
    for (int i = 0; i < 100; i++) {
      assertThat(policy.allows(PUBLISH, Patterns.filled("a.", 180))).isFalse();
    }
  }

  @Test
  void everyTopicIsAllowedOnlyWhereNothingComesBefore() {
    assertThat(Policy.allowAll().allowsEveryTopic(SUBSCRIBE)).isTrue();
    assertThat(Policy.denyAll().allowsEveryTopic(SUBSCRIBE)).isFalse();
    assertThat(Policy.allow(SUBSCRIBE, "a").allow(SUBSCRIBE, "**").build())
        .matches(p -> p.allowsEveryTopic(SUBSCRIBE))
        .matches(p -> !p.allowsEveryTopic(PUBLISH));
    assertThat(Policy.deny(SUBSCRIBE, "a").allow(SUBSCRIBE, "**").build())
        .matches(p -> !p.allowsEveryTopic(SUBSCRIBE));
    assertThat(Policy.deny(PUBLISH, "a").allow(Action.ANY, "**").build())
        .matches(p -> p.allowsEveryTopic(SUBSCRIBE));
    assertThat(Policy.allow(Action.ANY, "**").groups("*").build())
        .matches(p -> !p.allowsEveryTopic(SUBSCRIBE))
        .matches(p -> p.allowsEveryTopic(PUBLISH));
    assertThat(Policy.allow(SUBSCRIBE, "*").build()).matches(p -> !p.allowsEveryTopic(SUBSCRIBE));
  }

  @Test
  void aBadRuleIsRefusedByPositionAndField() {
    assertThatThrownBy(() -> Policy.allow(PUBLISH, "a").deny(PUBLISH, "b", "c..d").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("rules[1].topics[1]: segment 2 of the pattern \"c..d\" is empty");
    assertThatThrownBy(() -> Policy.allow(PUBLISH).build())
        .hasMessage("rules[0].topics is empty: name a pattern, ** for every topic");
    assertThatThrownBy(() -> Policy.allow(Set.of(), "a").build())
        .hasMessage("rules[0].action is missing: write publish, subscribe or *");
    assertThatThrownBy(() -> Policy.allow(SUBSCRIBE, "a").groups().build())
        .hasMessageStartingWith("rules[0].groups is empty: name a group, write * for any group");
    assertThatThrownBy(() -> Policy.allow(SUBSCRIBE, "a").groups("g", "g*").build())
        .hasMessageStartingWith("rules[0].groups[1] \"g*\" is no group name: write * alone");
    assertThatThrownBy(() -> Policy.allow(SUBSCRIBE, "a").groups("g".repeat(101)).build())
        .hasMessageContaining("at most 100 characters");
  }

  @Test
  void aBuilderCanGoOnAfterBuilding() {
    PolicyBuilder builder = Policy.allow(PUBLISH, "a");
    Policy first = builder.build();
    Policy second = builder.allow(PUBLISH, "b").build();
    assertThat(first.allows(PUBLISH, "b")).isFalse();
    assertThat(second.allows(PUBLISH, "b")).isTrue();
  }

  private static void assertSame(
      boolean actual, boolean expected, List<Rule> rules, String asked, long seed) {
    if (actual != expected) {
      assertThat(actual).as("%s, rules %s, seed %d", asked, rules, seed).isEqualTo(expected);
    }
  }
}
