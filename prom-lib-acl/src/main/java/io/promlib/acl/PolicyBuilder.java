package io.promlib.acl;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers rules in the order in which they are to be asked. Begun by {@link Policy#allow} and
 * {@link Policy#deny}.
 */
public final class PolicyBuilder {

  private record Draft(
      Effect effect, Set<Action> actions, List<String> topics, @Nullable List<String> groups) {}

  private final List<Draft> drafts = new ArrayList<>();

  PolicyBuilder() {}

  /** A rule that allows the action on topics that any of the patterns matches. */
  public PolicyBuilder allow(Action action, String... topics) {
    return allow(Set.of(action), topics);
  }

  /** The same for several actions; {@link Action#ANY} is both. */
  public PolicyBuilder allow(Set<Action> actions, String... topics) {
    drafts.add(new Draft(Effect.ALLOW, actions, List.of(topics), null));
    return this;
  }

  /** A rule that denies the action on topics that any of the patterns matches. */
  public PolicyBuilder deny(Action action, String... topics) {
    return deny(Set.of(action), topics);
  }

  /** The same for several actions; {@link Action#ANY} is both. */
  public PolicyBuilder deny(Set<Action> actions, String... topics) {
    drafts.add(new Draft(Effect.DENY, actions, List.of(topics), null));
    return this;
  }

  /**
   * Restricts the last rule to members of these groups, {@code *} for any group. A reader without a
   * group that meets the rule is denied. Called again, it replaces the groups.
   */
  public PolicyBuilder groups(String... groups) {
    Draft last = drafts.remove(drafts.size() - 1);
    drafts.add(new Draft(last.effect, last.actions, last.topics, List.of(groups)));
    return this;
  }

  /**
   * The policy of the rules so far.
   *
   * @throws IllegalArgumentException if a rule is bad; the message names its position and field
   */
  public Policy build() {
    List<Rule> rules = new ArrayList<>(drafts.size());
    for (Draft d : drafts) {
      rules.add(Rule.at(rules.size(), () -> Rule.parse(d.effect, d.actions, d.topics, d.groups)));
    }
    return Policy.of(rules);
  }
}
