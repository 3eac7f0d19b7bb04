package io.promlib.examples.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Systems without {@code /proc}: {@code ps}, whose share of a processor is its own average. */
final class PsCommand implements ProcessReader {
  private static final Pattern LINE =
      Pattern.compile("\\s*(\\d+)\\s+(\\d+(?:[.,]\\d+)?)\\s+(\\d+)\\s+(.*\\S)\\s*");

  @Override
  public List<Reading> read() throws IOException {
    Process ps =
        new ProcessBuilder("ps", "-eo", "pid=,pcpu=,rss=,comm=")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Reading> readings = new ArrayList<>();
    try (BufferedReader lines = ps.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        parse(line).ifPresent(readings::add);
      }
    } finally {
      ps.destroy();
    }
    return readings;
  }

  static Optional<Reading> parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String command = matcher.group(4);
    String name = command.substring(command.lastIndexOf('/') + 1);
    double cpu = Double.parseDouble(matcher.group(2).replace(',', '.'));
    double mib = Long.parseLong(matcher.group(3)) / 1024.0;
    return Optional.of(new Reading(Long.parseLong(matcher.group(1)), 0, name, cpu, mib));
  }
}
