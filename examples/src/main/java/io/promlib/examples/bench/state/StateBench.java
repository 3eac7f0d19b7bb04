package io.promlib.examples.bench.state;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** {@code bench state}: a cold start from snapshots beside folding the whole topic. */
public final class StateBench implements Command {
  private static final double ASKED = 20;

  @Override
  public String name() {
    return "state";
  }

  @Override
  public String summary() {
    return "a cold start from snapshots beside folding the whole topic";
  }

  @Override
  public String help() {
    return """
    bench state [options]

      --events <n>        the topic's history, in memory (2000000)
      --keys <n>          over so many keys (10000)
      --heap <MiB>        of each JVM (3072)
      --seconds <n>       how long each figure is measured, after as long a warm-up (3)
      --runs <n>          runs of each case, in a JVM of its own each (3)
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args = Args.parse(line, Set.of("events", "keys", "heap", "seconds", "runs"), Set.of());
    int events = args.number("events", 2_000_000, 1, 100_000_000);
    int keys = args.number("keys", 10_000, 1, events);
    int heap = args.number("heap", 3_072, 64, 1_000_000);
    int seconds = args.number("seconds", 3, 1, 3_600);
    int runs = args.number("runs", 3, 1, 99);
    List<String> options = List.of("-Xms" + heap + "m", "-Xmx" + heap + "m", "-XX:+UseG1GC");
    out.printf(
        "%d processors, JDK %s, %s; %d events, %d keys; %d run(s) of %d s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        String.join(" ", options),
        events,
        keys,
        runs,
        seconds);
    Map<StateCase, List<Double>> millis = new EnumMap<>(StateCase.class);
    for (int run = 1; run <= runs; run++) {
      for (StateCase one : StateCase.values()) {
        List<String> arguments =
            List.of(
                one.name(),
                Integer.toString(events),
                Integer.toString(keys),
                Integer.toString(seconds));
        double taken = runOnce(one, options, arguments, out) / 1e6;
        millis.computeIfAbsent(one, first -> new ArrayList<>()).add(taken);
        out.printf(Locale.ROOT, "run %d: %s: %.1f ms%n", run, one.label(), taken);
      }
    }
    report(millis, out);
    return 0;
  }

  private static void report(Map<StateCase, List<Double>> millis, PrintStream out) {
    out.printf("%n%-30s %12s %7s%n", "case", "ms", "spread");
    Map<StateCase, Double> medians = new EnumMap<>(StateCase.class);
    millis.forEach(
        (one, taken) -> {
          List<Double> sorted = taken.stream().sorted().toList();
          double median = sorted.get(sorted.size() / 2);
          medians.put(one, median);
          double spread = 100 * (Collections.max(taken) - Collections.min(taken)) / median;
          out.printf(Locale.ROOT, "%-30s %12.1f %6.0f%%%n", one.label(), median, spread);
        });
    double start = medians.getOrDefault(StateCase.SNAPSHOTS, Double.NaN);
    double ratio = medians.getOrDefault(StateCase.FOLD, Double.NaN) / start;
    double view = medians.getOrDefault(StateCase.NO_SNAPSHOTS, Double.NaN) / start;
    out.printf("%n%-52s %10s %10s%n", "budget, times as fast", "reached", "asked");
    out.printf(
        Locale.ROOT,
        "%-52s %10.1f %10s  %s%n",
        StateCase.SNAPSHOTS.label() + " / " + StateCase.FOLD.label(),
        ratio,
        ">= " + (int) ASKED,
        ratio >= ASKED ? "met" : "MISSED");
    out.printf(
        Locale.ROOT,
        "%-52s %10.1f %10s%n",
        StateCase.SNAPSHOTS.label() + " / " + StateCase.NO_SNAPSHOTS.label(),
        view,
        "-");
  }

  private static double runOnce(
      StateCase one, List<String> options, List<String> arguments, PrintStream out)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(options);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path", "." + File.pathSeparator),
            StateCaseMain.class.getName()));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        if (text.startsWith(StateCaseMain.PREFIX)) {
          return Double.parseDouble(text.substring(StateCaseMain.PREFIX.length()));
        }
        out.println("  " + text);
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    throw new IllegalStateException(one.label() + " gave no result");
  }
}
