package io.promlib.jwt;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Policy;
import io.promlib.acl.Scopes;
import java.util.ArrayList;
import java.util.List;

/** What a token lets its holder do: its {@code policy}, else {@code scopes}, else {@code scope}. */
final class ClaimPolicy {

  private ClaimPolicy() {}

  /**
   * The policy; one that allows nothing if the token has none of the three.
   *
   * @throws AuthenticationException if the first of them that it has is malformed, naming the entry
   */
  static Policy of(JsonNode claims) {
    if (claims.has("policy")) {
      return policy(claims.path("policy"));
    }
    if (claims.has("scopes")) {
      return scopes(claims.path("scopes"));
    }
    if (claims.has("scope")) {
      JsonNode scope = claims.path("scope");
      if (!scope.isTextual()) {
        throw Refusal.invalid("scope", "must be a string of words with spaces between them");
      }
      return Scopes.policy(scope.textValue());
    }
    return Policy.denyAll();
  }

  private static Policy policy(JsonNode policy) {
    try {
      return Policy.fromJson(policy);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("policy", String.valueOf(e.getMessage()));
    }
  }

  private static Policy scopes(JsonNode scopes) {
    if (!scopes.isArray()) {
      throw Refusal.invalid("scopes", "must be an array of strings");
    }
    List<String> texts = new ArrayList<>(scopes.size());
    for (JsonNode scope : scopes) {
      if (!scope.isTextual()) {
        throw Refusal.invalid("scopes", "scopes[%d] is no string".formatted(texts.size()));
      }
      texts.add(scope.textValue());
    }
    try {
      return Scopes.policy(texts);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("scopes", String.valueOf(e.getMessage()));
    }
  }
}
