package io.promlib.examples;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A program's command line: {@code --name value}, {@code --flag}, and nothing that was not
 * declared.
 */
public final class Args {
  private final Map<String, String> values = new HashMap<>();
  private final Set<String> flags = new TreeSet<>();

  private Args() {}

  /**
   * Reads a command line.
   *
   * @throws UsageException naming the argument that is not one of these, and those that are
   */
  public static Args parse(List<String> line, Set<String> withValue, Set<String> flags) {
    Args args = new Args();
    for (int i = 0; i < line.size(); i++) {
      String word = line.get(i);
      String name = word.startsWith("--") ? word.substring(2) : "";
      if (flags.contains(name)) {
        args.flags.add(name);
      } else if (!withValue.contains(name)) {
        throw new UsageException(
            "unknown argument '" + word + "'; valid are " + valid(withValue, flags));
      } else if (i + 1 == line.size() || line.get(i + 1).startsWith("--")) {
        throw new UsageException(word + " needs a value");
      } else {
        args.values.put(name, line.get(++i));
      }
    }
    return args;
  }

  private static String valid(Set<String> withValue, Set<String> flags) {
    List<String> all = new ArrayList<>();
    new TreeSet<>(withValue).forEach(name -> all.add("--" + name + " <value>"));
    new TreeSet<>(flags).forEach(name -> all.add("--" + name));
    all.add("--help");
    return String.join(", ", all);
  }

  public boolean has(String flag) {
    return flags.contains(flag);
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /** The names of the options that were given a value. */
  public Set<String> given() {
    return Set.copyOf(values.keySet());
  }

  /**
   * A whole number.
   *
   * @throws UsageException naming the option, if it is none or not from {@code least} to {@code
   *     most}
   */
  public int number(String name, int fallback, int least, int most) {
    String text = values.get(name);
    return text == null ? fallback : whole("--" + name, text, least, most);
  }

  static int whole(String what, String text, int least, int most) {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException notOne) {
      // The message below says the same for both mistakes.
    }
    throw new UsageException(
        what + " must be a whole number from " + least + " to " + most + ", is '" + text + "'");
  }
}
