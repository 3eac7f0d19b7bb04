package io.promlib.acl;

import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/** What a client does with a topic. */
public enum Action {
  /** Appending events. */
  PUBLISH("publish"),
  /** Reading events in any way: as a member of a group, or without one (tail, replay, snapshot). */
  SUBSCRIBE("subscribe");

  /** Both actions, written {@code *} in rules and scopes. */
  public static final Set<Action> ANY = Set.of(PUBLISH, SUBSCRIBE);

  private static final String ANY_NAME = "*";

  private final String wireName;

  Action(String wireName) {
    this.wireName = wireName;
  }

  /** The name in rules and scopes, such as {@code publish}. */
  public String wireName() {
    return wireName;
  }

  /**
   * The actions meant by {@code publish}, {@code subscribe} or {@code *}; empty for any other text.
   */
  static Optional<Set<Action>> parse(String name) {
    if (name.equals(ANY_NAME)) {
      return Optional.of(ANY);
    }
    return Arrays.stream(values()).filter(a -> a.wireName.equals(name)).findFirst().map(Set::of);
  }

  /** The inverse of {@link #parse}. */
  static String format(Set<Action> actions) {
    return actions.size() == values().length ? ANY_NAME : actions.iterator().next().wireName;
  }
}
