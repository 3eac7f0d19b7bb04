package io.promlib.acl;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One line of a {@link Policy}. It checks itself: a rule that could never match, or whose groups
 * are no group names, is refused with an {@link IllegalArgumentException} that begins with the
 * field's name.
 *
 * @param effect what is decided where the rule matches
 * @param actions at least one
 * @param topics at least one pattern; any of them is enough
 * @param groups the groups whose members are meant, {@code *} for any; null when the rule is not
 *     about groups. They restrict subscribing only, and a reader without a group that meets a rule
 *     with groups is denied
 */
public record Rule(
    Effect effect, Set<Action> actions, List<TopicPattern> topics, @Nullable List<String> groups) {

  static final String ANY_GROUP = "*";

  /** Checks and copies. */
  public Rule {
    actions = Set.copyOf(actions);
    topics = List.copyOf(topics);
    if (actions.isEmpty()) {
      throw new IllegalArgumentException("action is missing: write publish, subscribe or *");
    }
    if (topics.isEmpty()) {
      throw new IllegalArgumentException("topics is empty: name a pattern, ** for every topic");
    }
    if (groups != null) {
      groups = List.copyOf(groups);
      checkGroups(groups);
    }
  }

  /** A rule from its texts; a refused pattern is told by its place in {@code topics}. */
  static Rule parse(
      Effect effect, Set<Action> actions, List<String> topics, @Nullable List<String> groups) {
    List<TopicPattern> patterns = new ArrayList<>(topics.size());
    for (String topic : topics) {
      try {
        patterns.add(TopicPattern.of(topic));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "topics[%d]: %s".formatted(patterns.size(), e.getMessage()), e);
      }
    }
    return new Rule(effect, actions, patterns, groups);
  }

  /** Puts the rule's position before the message, should the making of the rule be refused. */
  static Rule at(int position, Supplier<Rule> making) {
    try {
      return making.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("rules[%d].%s".formatted(position, e.getMessage()), e);
    }
  }

  /**
   * How much the rule holds back; among rules of one position the one that holds back most is asked
   * first.
   */
  int openness() {
    if (effect == Effect.DENY) {
      return 0;
    }
    return groups == null ? 2 : 1;
  }

  /** True if a reader without a group is let through where the rule matches. */
  boolean allowsWithoutGroup() {
    return effect == Effect.ALLOW && groups == null;
  }

  private static void checkGroups(List<String> groups) {
    if (groups.isEmpty()) {
      throw new IllegalArgumentException(
          "groups is empty: name a group, write * for any group, or leave the field out");
    }
    for (int i = 0; i < groups.size(); i++) {
      String group = groups.get(i);
      if (!group.equals(ANY_GROUP) && !Names.isGroup(group)) {
        throw new IllegalArgumentException(
            ("groups[%d] %s is no group name: write * alone, or dot-separated segments of letters,"
                    + " digits, - and _, at most %d characters")
                .formatted(i, Names.quoted(group), Names.MAX_GROUP));
      }
    }
  }
}
