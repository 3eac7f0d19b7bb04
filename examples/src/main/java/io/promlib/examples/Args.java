package io.promlib.examples;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program's command line: {@code --name value}, {@code --flag}, and nothing that was not
 * declared.
 */
public final class Args {
  private static final Pattern LENGTH = Pattern.compile("([0-9]{1,9})([smhd])");
  private static final Map<String, ChronoUnit> UNITS =
      Map.of(
          "s", ChronoUnit.SECONDS,
          "m", ChronoUnit.MINUTES,
          "h", ChronoUnit.HOURS,
          "d", ChronoUnit.DAYS);

  private final Map<String, List<String>> values = new HashMap<>();
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
        args.values.computeIfAbsent(name, given -> new ArrayList<>()).add(line.get(++i));
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

  /**
   * An option's value.
   *
   * @throws UsageException naming the option, if it was given more than once
   */
  public Optional<String> text(String name) {
    List<String> all = texts(name);
    if (all.size() > 1) {
      throw new UsageException("--" + name + " is given " + all.size() + " times: give it once");
    }
    return all.stream().findFirst();
  }

  /** The values of an option that may be given as often as needed. */
  public List<String> texts(String name) {
    return List.copyOf(values.getOrDefault(name, List.of()));
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
    Optional<String> text = text(name);
    return text.isEmpty() ? fallback : whole("--" + name, text.get(), least, most);
  }

  /**
   * A length of time: a whole number and a unit, one of {@code s}, {@code m}, {@code h} and {@code
   * d}.
   *
   * @throws UsageException naming the option, if it is none or not from {@code least} to {@code
   *     most}
   */
  public Duration time(String name, Duration fallback, Duration least, Duration most) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return fallback;
    }
    Matcher length = LENGTH.matcher(text.get());
    if (length.matches()) {
      ChronoUnit unit = UNITS.get(length.group(2));
      Duration time = Duration.of(Long.parseLong(length.group(1)), unit);
      if (time.compareTo(least) >= 0 && time.compareTo(most) <= 0) {
        return time;
      }
    }
    throw new UsageException(
        "--%s must be a time such as 30s, 15m, 1h or 7d, from %d s to %d s, is '%s'"
            .formatted(name, least.toSeconds(), most.toSeconds(), text.get()));
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
