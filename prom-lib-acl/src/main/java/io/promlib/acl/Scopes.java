package io.promlib.acl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Policies from scopes. A scope is {@code <action>:<pattern>} with action {@code publish}, {@code
 * subscribe} or {@code *}; without a colon it is meant for every topic ({@code **}). With a colon
 * the pattern must be there: {@code publish:} is no scope, lest a forgotten value open everything.
 * Scopes only allow; none at all allow nothing.
 */
public final class Scopes {

  private Scopes() {}

  /**
   * The policy of a list that holds this library's scopes only.
   *
   * @throws IllegalArgumentException if an entry is no such scope; the message names its position
   */
  public static Policy policy(Collection<String> scopes) {
    List<Rule> rules = new ArrayList<>(scopes.size());
    for (String scope : scopes) {
      try {
        rules.add(rule(scope));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "scopes[%d] %s: %s".formatted(rules.size(), Names.quoted(scope), e.getMessage()), e);
      }
    }
    return Policy.of(rules);
  }

  /**
   * The policy of an OAuth {@code scope}: words between spaces, among which others' scopes are to
   * be expected. A word that is no scope of this library grants nothing.
   */
  public static Policy policy(String oauthScope) {
    return Policy.of(
        Arrays.stream(oauthScope.split(" "))
            .map(Scopes::ruleIfAny)
            .flatMap(Optional::stream)
            .toList());
  }

  private static Optional<Rule> ruleIfAny(String word) {
    try {
      return Optional.of(rule(word));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static Rule rule(String scope) {
    int colon = scope.indexOf(':');
    String action = colon < 0 ? scope : scope.substring(0, colon);
    String pattern = colon < 0 ? TopicPattern.ANY : scope.substring(colon + 1);
    Set<Action> actions =
        Action.parse(action)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "begin with publish, subscribe or *, then a colon and a pattern"));
    return new Rule(Effect.ALLOW, actions, List.of(TopicPattern.of(pattern)), null);
  }
}
