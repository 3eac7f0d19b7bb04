package io.promlib.examples;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The environment's variables; an empty one counts as unset. */
public final class Environment {
  private final Map<String, String> variables;

  public Environment(Map<String, String> variables) {
    this.variables = Map.copyOf(variables);
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(variables.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /** The parts between commas. */
  List<String> list(String name) {
    return text(name).stream()
        .flatMap(all -> Arrays.stream(all.split(",", -1)))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }

  /** A port; 0 takes any that is free. */
  int port(String name, int fallback) {
    return number(name, 0, 65_535).orElse(fallback);
  }

  /**
   * A whole number.
   *
   * @throws UsageException naming the variable, if it is none or out of range
   */
  OptionalInt number(String name, int least, int most) {
    Optional<String> text = text(name);
    return text.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of(Args.whole(name, text.get(), least, most));
  }

  /** A secret, to the last character: blanks at its ends belong to it. */
  Optional<String> secret(String name) {
    return Optional.ofNullable(variables.get(name)).filter(value -> !value.isBlank());
  }

  /**
   * Refuses a variable that would have no effect.
   *
   * @throws UsageException naming it, if it is set
   */
  void refuse(String name, String because) {
    if (text(name).isPresent()) {
      throw new UsageException(name + " has no effect: " + because);
    }
  }
}
