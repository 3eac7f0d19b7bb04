package io.promlib.examples.bench;

import static java.util.Objects.requireNonNull;

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

/**
 * Measures operations beside what they save, one thread, each run in a JVM of its own; the
 * operations take turns.
 */
final class OperationBench implements Command {

  /** That one operation is at least so many times as fast as another. */
  record Budget(Operation fast, Operation slow, double least) {}

  private static final List<String> JVM_OPTIONS = List.of("-Xms512m", "-Xmx512m", "-XX:+UseG1GC");

  private final String name;
  private final String summary;
  private final List<Operation> operations;
  private final List<Budget> budgets;

  private OperationBench(
      String name, String summary, List<Operation> operations, List<Budget> budgets) {
    this.name = name;
    this.summary = summary;
    this.operations = operations;
    this.budgets = budgets;
  }

  static OperationBench acl() {
    return new OperationBench(
        "acl",
        "one topic against 1 000 patterns",
        List.of(Operation.ACL_POLICY, Operation.ACL_REGEX, Operation.ACL_SCAN),
        List.of(new Budget(Operation.ACL_POLICY, Operation.ACL_REGEX, 100)));
  }

  static OperationBench jwt() {
    return new OperationBench(
        "jwt",
        "a token seen before beside verifying it again",
        List.of(
            Operation.HS256_SEEN,
            Operation.HS256_VERIFY,
            Operation.ES256_SEEN,
            Operation.ES256_VERIFY),
        List.of(
            new Budget(Operation.HS256_SEEN, Operation.HS256_VERIFY, 15),
            new Budget(Operation.ES256_SEEN, Operation.ES256_VERIFY, 500)));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String summary() {
    return summary;
  }

  @Override
  public String help() {
    return """
    bench %s [options]

      --seconds <n>       how long each figure is measured, after as long a warm-up (3)
      --runs <n>          runs of each operation, in a JVM of its own each (3)
    """
        .formatted(name);
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args = Args.parse(line, Set.of("seconds", "runs"), Set.of());
    int seconds = args.number("seconds", 3, 1, 3_600);
    int runs = args.number("runs", 3, 1, 99);
    out.printf(
        "%d processors, JDK %s, %s; %d run(s) of %d s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        String.join(" ", JVM_OPTIONS),
        runs,
        seconds);
    Map<Operation, List<Double>> nanos = new EnumMap<>(Operation.class);
    for (int run = 1; run <= runs; run++) {
      for (Operation operation : operations) {
        double taken = runOnce(operation, seconds, out);
        nanos.computeIfAbsent(operation, o -> new ArrayList<>()).add(taken);
        out.printf(Locale.ROOT, "run %d: %s: %.0f ns%n", run, operation.label(), taken);
      }
    }
    report(nanos, out);
    return 0;
  }

  private void report(Map<Operation, List<Double>> nanos, PrintStream out) {
    out.printf("%n%-28s %12s %7s%n", "operation", "ns", "spread");
    nanos.forEach(
        (operation, taken) ->
            out.printf(
                Locale.ROOT,
                "%-28s %12.0f %6.0f%%%n",
                operation.label(),
                median(taken),
                100 * (Collections.max(taken) - Collections.min(taken)) / median(taken)));
    out.printf("%n%-52s %10s %10s%n", "budget, times as fast", "reached", "asked");
    for (Budget budget : budgets) {
      double ratio =
          median(requireNonNull(nanos.get(budget.slow)))
              / median(requireNonNull(nanos.get(budget.fast)));
      out.printf(
          Locale.ROOT,
          "%-52s %10.0f %10s  %s%n",
          budget.fast.label() + " / " + budget.slow.label(),
          ratio,
          ">= " + (int) budget.least,
          ratio >= budget.least ? "met" : "MISSED");
    }
  }

  private static double median(List<Double> taken) {
    List<Double> sorted = taken.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static double runOnce(Operation operation, int seconds, PrintStream out)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(JVM_OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path", "." + File.pathSeparator),
            OperationMain.class.getName(),
            operation.name(),
            Integer.toString(seconds)));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        if (text.startsWith(OperationMain.PREFIX)) {
          return Double.parseDouble(text.substring(OperationMain.PREFIX.length()));
        }
        out.println("  " + text);
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    throw new IllegalStateException(operation.label() + " gave no result");
  }
}
