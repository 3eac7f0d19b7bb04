package io.promlib.acl;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An immutable list of rules: the first one that matches decides, and where none does the answer is
 * no. What is no legal topic or group name is always refused. A decision costs one walk along the
 * topic, however many rules there are.
 *
 * <pre>{@code
 * Policy policy =
 *     Policy.deny(Action.ANY, "heartbeat.internal.**")
 *         .allow(Action.PUBLISH, "heartbeat.*")
 *         .allow(Action.SUBSCRIBE, "process.**").groups("projector", "audit")
 *         .build();
 * }</pre>
 */
public final class Policy {

  private static final Policy DENY_ALL = of(List.of());
  private static final Policy ALLOW_ALL = allow(Action.ANY, TopicPattern.ANY).build();

  private final List<List<Rule>> positions;
  private final RuleTrie publish = new RuleTrie();
  private final RuleTrie subscribe = new RuleTrie();

  private Policy(List<List<Rule>> positions) {
    this.positions = positions;
    for (int i = 0; i < positions.size(); i++) {
      for (Rule rule : positions.get(i)) {
        if (rule.actions().contains(Action.PUBLISH)) {
          publish.add(i, rule, null);
        }
        if (rule.actions().contains(Action.SUBSCRIBE)) {
          subscribe.add(i, rule, rule.groups());
        }
      }
    }
  }

  /** The policy of these rules, the first one asked first; without any it allows nothing. */
  public static Policy of(List<Rule> rules) {
    return new Policy(rules.stream().map(List::of).toList());
  }

  /** Everything is allowed. */
  public static Policy allowAll() {
    return ALLOW_ALL;
  }

  /** Nothing is allowed: the policy without a rule. */
  public static Policy denyAll() {
    return DENY_ALL;
  }

  /** Begins a policy with a rule that allows. */
  public static PolicyBuilder allow(Action action, String... topics) {
    return new PolicyBuilder().allow(action, topics);
  }

  /** Begins a policy with a rule that allows; {@link Action#ANY} is both actions. */
  public static PolicyBuilder allow(Set<Action> actions, String... topics) {
    return new PolicyBuilder().allow(actions, topics);
  }

  /** Begins a policy with a rule that denies. */
  public static PolicyBuilder deny(Action action, String... topics) {
    return new PolicyBuilder().deny(action, topics);
  }

  /** Begins a policy with a rule that denies; {@link Action#ANY} is both actions. */
  public static PolicyBuilder deny(Set<Action> actions, String... topics) {
    return new PolicyBuilder().deny(actions, topics);
  }

  /**
   * Reads {@code {"rules": [{"effect", "action", "topics", "groups"?}]}}. Unknown fields are
   * ignored.
   *
   * @throws IllegalArgumentException if it is no JSON or a rule is bad; the message names its
   *     position and field
   */
  public static Policy fromJson(String json) {
    return of(PolicyJson.read(PolicyJson.parse(json)));
  }

  /** The same from a tree. */
  public static Policy fromJson(JsonNode json) {
    return of(PolicyJson.read(json));
  }

  /**
   * Lays policies over each other: the rules at the same position are asked together, earlier
   * positions first, and at the earliest position where any matches a deny beats an allow. For a
   * reader without a group, a rule with groups counts as a deny here too. The order of the policies
   * makes no difference, nor does merging them one by one; a shorter policy has no say at the
   * positions beyond its end.
   */
  public static Policy merge(List<Policy> policies) {
    int length = policies.stream().mapToInt(p -> p.positions.size()).max().orElse(0);
    List<List<Rule>> merged = new ArrayList<>(length);
    for (int i = 0; i < length; i++) {
      int position = i;
      merged.add(
          policies.stream()
              .flatMap(p -> p.rulesAt(position))
              .distinct()
              .sorted(Comparator.comparingInt(Rule::openness))
              .toList());
    }
    return new Policy(List.copyOf(merged));
  }

  /** {@link #merge} of two. */
  public Policy mergedWith(Policy other) {
    return merge(List.of(this, other));
  }

  /**
   * Whether the action may be done on the topic, {@link Action#SUBSCRIBE} meaning a reader without
   * a group. Groups in a rule do not restrict publishing.
   */
  public boolean allows(Action action, String topic) {
    return switch (action) {
      case PUBLISH -> publish.allows(topic, null);
      case SUBSCRIBE -> allowsRead(topic);
    };
  }

  /** Whether a member of the group may subscribe to the topic. */
  public boolean allowsSubscribe(String topic, String group) {
    return Names.isGroup(group) && subscribe.allows(topic, group);
  }

  /**
   * Whether a reader without a group (tail, replay, snapshot) may read the topic; a rule with
   * groups denies it.
   */
  public boolean allowsRead(String topic) {
    return subscribe.allows(topic, null);
  }

  /**
   * Whether the action is granted on {@code **}: a rule allows it for every topic and to everyone,
   * and none before it, or at its position, denies anything or names groups for it.
   */
  public boolean allowsEveryTopic(Action action) {
    for (List<Rule> position : positions) {
      List<Rule> rules = position.stream().filter(r -> r.actions().contains(action)).toList();
      if (!rules.stream().allMatch(r -> letsPass(r, action))) {
        return false;
      }
      if (rules.stream()
          .flatMap(r -> r.topics().stream())
          .anyMatch(TopicPattern::matchesEveryTopic)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The rules in an order in which they decide the same one after another; of rules merged at one
   * position those that deny come first, then those with groups.
   */
  public List<Rule> rules() {
    return positions.stream().flatMap(List::stream).toList();
  }

  /**
   * The JSON of {@link #rules()}: reading it back decides the same, and gives an equal policy if
   * none was merged.
   */
  public String toJson() {
    return PolicyJson.write(rules()).toString();
  }

  /** True for the same rules at the same positions. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Policy that && positions.equals(that.positions);
  }

  @Override
  public int hashCode() {
    return positions.hashCode();
  }

  @Override
  public String toString() {
    return "Policy" + toJson();
  }

  private Stream<Rule> rulesAt(int position) {
    return position < positions.size() ? positions.get(position).stream() : Stream.of();
  }

  private static boolean letsPass(Rule rule, Action action) {
    return action == Action.SUBSCRIBE ? rule.allowsWithoutGroup() : rule.effect() == Effect.ALLOW;
  }
}
