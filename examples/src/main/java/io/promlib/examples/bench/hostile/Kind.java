package io.promlib.examples.bench.hostile;

import io.promlib.examples.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What hostile connections are there for. */
enum Kind {
  SILENT,
  HALF_OPEN,
  FLOODING,
  SLOW_READING,
  HUGE;

  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * One kind by its label, or all of them.
   *
   * @throws UsageException if there is no such kind
   */
  static List<Kind> ofLabel(String label) {
    if (label.equals("mixed")) {
      return List.of(values());
    }
    return Arrays.stream(values())
        .filter(kind -> kind.label().equals(label))
        .findFirst()
        .map(List::of)
        .orElseThrow(
            () ->
                new UsageException(
                    "--kind must be of mixed, "
                        + Arrays.stream(values()).map(Kind::label).collect(Collectors.joining(", "))
                        + ", is '"
                        + label
                        + "'"));
  }
}
