package io.promlib.examples.bench;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Runs cases, each run in a JVM of its own with the same options. The cases take turns, so that
 * what else the machine does hits all of them alike.
 */
final class Runs {
  private static final List<String> JVM_OPTIONS = List.of("-Xms3g", "-Xmx3g", "-XX:+UseG1GC");

  private final int runs;
  private final int seconds;
  private final int rate;
  private final PrintStream out;

  Runs(int runs, int seconds, int rate, PrintStream out) {
    this.runs = runs;
    this.seconds = seconds;
    this.rate = rate;
    this.out = out;
  }

  /**
   * The results of each case, in the cases' order. A case that gives none is left out, and the
   * reason is printed.
   */
  Map<Case, List<CaseResult>> run(List<Case> cases) throws IOException, InterruptedException {
    out.printf(
        "%d processors, JDK %s, %s; %d run(s) of %d s a figure, latency at %d events/s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        String.join(" ", JVM_OPTIONS),
        runs,
        seconds,
        rate);
    Map<Case, List<CaseResult>> results = new LinkedHashMap<>();
    for (int run = 1; run <= runs; run++) {
      for (Case one : cases) {
        Optional<CaseResult> result = runOnce(one);
        String label = one.kind().label() + " " + one.workload().name();
        out.printf(
            "run %d: %s: %s%n",
            run,
            label,
            result.map(r -> Table.rate(r.perSecond()) + " deliveries/s").orElse("failed"));
        result.ifPresent(r -> results.computeIfAbsent(one, c -> new ArrayList<>()).add(r));
      }
    }
    return results;
  }

  private Optional<CaseResult> runOnce(Case one) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(JVM_OPTIONS);
    command.add("-cp");
    command.add(System.getProperty("java.class.path", "." + File.pathSeparator));
    command.add(CaseMain.class.getName());
    command.addAll(List.of("--case", one.kind().name()));
    command.addAll(
        List.of("--seconds", Integer.toString(seconds), "--rate", Integer.toString(rate)));
    one.workload()
        .toArguments()
        .forEach((name, value) -> command.addAll(List.of("--" + name, value)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    Optional<CaseResult> result = Optional.empty();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        if (CaseResult.isLine(text)) {
          result = Optional.of(CaseResult.ofLine(text));
        } else {
          out.println("  " + text);
        }
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    return result;
  }
}
