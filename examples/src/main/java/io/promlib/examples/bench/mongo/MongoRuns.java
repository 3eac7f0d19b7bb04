package io.promlib.examples.bench.mongo;

import static java.util.Objects.requireNonNull;

import io.promlib.examples.Args;
import io.promlib.examples.UsageException;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Runs cases on a server, each run in a JVM of its own with the same options. The cases take turns,
 * so that what else the machine does hits all of them alike.
 */
record MongoRuns(String url, int seconds, int backlog, int runs, PrintStream out) {
  static final String VARIABLE = "MONGO_URL";

  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

  static String url(String bench, Args args, Map<String, String> environment) {
    String url = args.text("url").orElse(environment.getOrDefault(VARIABLE, "")).strip();
    if (url.isEmpty()) {
      throw new UsageException(
          "bench "
              + bench
              + " needs a server: give --url, or set MONGO_URL, to an address such as"
              + " mongodb://127.0.0.1:27017/?replicaSet=rs0");
    }
    if (!url.startsWith("mongodb://") && !url.startsWith("mongodb+srv://")) {
      throw new UsageException("--url, or MONGO_URL, must begin with mongodb:// or mongodb+srv://");
    }
    return url;
  }

  /** Runs the cases, and prints what each came to; answers the medians. */
  Map<MongoCase, MongoFigures> run(List<MongoCase> cases) throws IOException, InterruptedException {
    out.printf(
        "%d processors, JDK %s, %s; %d run(s) of %d s, a backlog of %d%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        String.join(" ", JVM_OPTIONS),
        runs,
        seconds,
        backlog);
    Map<MongoCase, List<MongoFigures>> figures = new EnumMap<>(MongoCase.class);
    for (int run = 1; run <= runs; run++) {
      for (MongoCase one : cases) {
        MongoFigures reached = runOnce(one);
        figures.computeIfAbsent(one, first -> new ArrayList<>()).add(reached);
        out.printf(Locale.ROOT, "run %d: %s: %,.0f/s%n", run, one.label(), reached.perSecond());
      }
    }
    return table(figures);
  }

  private MongoFigures runOnce(MongoCase one) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(JVM_OPTIONS);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path", "." + File.pathSeparator),
            MongoCaseMain.class.getName(),
            one.name(),
            Integer.toString(seconds),
            Integer.toString(backlog)));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(VARIABLE, url);
    Process process = builder.start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        if (MongoFigures.isLine(text)) {
          return MongoFigures.ofLine(text);
        }
        out.println("  " + text);
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    throw new UsageException(one.label() + " gave no result; what it said stands above");
  }

  private Map<MongoCase, MongoFigures> table(Map<MongoCase, List<MongoFigures>> figures) {
    Map<MongoCase, MongoFigures> medians = new EnumMap<>(MongoCase.class);
    out.printf("%n%-34s %12s %7s %9s %15s%n", "case", "events/s", "spread", "p50 us", "calls/100");
    figures.forEach(
        (one, runs) -> {
          MongoFigures median = MongoFigures.median(runs);
          medians.put(one, median);
          out.printf(
              Locale.ROOT,
              "%-34s %,12.0f %6.0f%% %9s %15s%n",
              one.label(),
              median.perSecond(),
              100 * MongoFigures.spread(runs),
              orNone(median.p50()),
              orNone(median.calls()));
        });
    return medians;
  }

  private static String orNone(double figure) {
    return figure == 0 ? "-" : String.format(Locale.ROOT, "%,.2f", figure);
  }

  void budgets() {
    out.printf("%n%-52s %10s %10s%n", "budget", "reached", "asked");
  }

  void atLeast(Map<MongoCase, MongoFigures> medians, MongoCase of, MongoCase limit, double least) {
    double ratio =
        requireNonNull(medians.get(of)).perSecond()
            / requireNonNull(medians.get(limit)).perSecond();
    line(of.label() + " / " + limit.label(), ratio, ">= " + least, ratio >= least);
  }

  void line(String what, double reached, String asked, boolean met) {
    out.printf(
        Locale.ROOT, "%-52s %10.2f %10s  %s%n", what, reached, asked, met ? "met" : "MISSED");
  }
}
