package io.promlib.acl;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a rule decides where it matches. */
public enum Effect {
  /** The action may be done. */
  ALLOW,
  /** The action is refused. */
  DENY;

  /** The name in a policy's JSON: {@code allow} or {@code deny}. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<Effect> parse(String name) {
    return Arrays.stream(values()).filter(e -> e.wireName().equals(name)).findFirst();
  }
}
