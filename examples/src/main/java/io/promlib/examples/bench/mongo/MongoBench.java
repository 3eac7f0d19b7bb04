package io.promlib.examples.bench.mongo;

import static java.util.Objects.requireNonNull;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
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
import java.util.Set;

/** {@code bench mongo}: the bus on MongoDB beside the plain driver, on the same server. */
public final class MongoBench implements Command {
  static final String VARIABLE = "MONGO_URL";

  private static final List<String> JVM_OPTIONS =
      List.of(
          "-Xms512m", "-Xmx512m", "-XX:+UseG1GC", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn");

  @Override
  public String name() {
    return "mongo";
  }

  @Override
  public String summary() {
    return "the bus on MongoDB beside the plain driver, on a server that is given";
  }

  @Override
  public String help() {
    return """
    bench mongo [options]

    Needs a MongoDB: a replica set, since every write waits for the majority. Each case makes a
    database of its own there, prom_bench_..., and drops it.

      --url <address>     mongodb: address of the server (MONGO_URL of the environment)
      --seconds <n>       how long each figure of writing is measured, after as long a warm-up (3)
      --backlog <n>       events that are there to be read (50000)
      --runs <n>          runs of each case, in a JVM of its own each (3)
      --quick             one run of one second, a backlog of 5000
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args = Args.parse(line, Set.of("url", "seconds", "backlog", "runs"), Set.of("quick"));
    boolean quick = args.has("quick");
    String url = url(args, environment);
    int seconds = args.number("seconds", quick ? 1 : 3, 1, 3_600);
    int backlog = args.number("backlog", quick ? 5_000 : 50_000, 1, 10_000_000);
    int runs = args.number("runs", quick ? 1 : 3, 1, 99);
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
      for (MongoCase one : MongoCase.values()) {
        MongoFigures reached = runOnce(one, url, seconds, backlog, out);
        figures.computeIfAbsent(one, first -> new ArrayList<>()).add(reached);
        out.printf(Locale.ROOT, "run %d: %s: %,.0f/s%n", run, one.label(), reached.perSecond());
      }
    }
    Map<MongoCase, MongoFigures> medians = table(figures, out);
    judge(medians, out);
    return 0;
  }

  private static String url(Args args, Map<String, String> environment) {
    String url = args.text("url").orElse(environment.getOrDefault(VARIABLE, "")).strip();
    if (url.isEmpty()) {
      throw new UsageException(
          "bench mongo needs a server: give --url, or set MONGO_URL, to an address such as"
              + " mongodb://127.0.0.1:27017/?replicaSet=rs0");
    }
    if (!url.startsWith("mongodb://") && !url.startsWith("mongodb+srv://")) {
      throw new UsageException("--url, or MONGO_URL, must begin with mongodb:// or mongodb+srv://");
    }
    return url;
  }

  private static MongoFigures runOnce(
      MongoCase one, String url, int seconds, int backlog, PrintStream out)
      throws IOException, InterruptedException {
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

  private static Map<MongoCase, MongoFigures> table(
      Map<MongoCase, List<MongoFigures>> figures, PrintStream out) {
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

  private static void judge(Map<MongoCase, MongoFigures> medians, PrintStream out) {
    out.printf("%n%-52s %10s %10s%n", "budget", "reached", "asked");
    MongoFigures consumed = requireNonNull(medians.get(MongoCase.CONSUME));
    atLeast(medians, MongoCase.PUBLISH, MongoCase.INSERT_MANY, 0.8, out);
    double p50 =
        requireNonNull(medians.get(MongoCase.PUBLISH_ONE)).p50()
            / requireNonNull(medians.get(MongoCase.INSERT_ONE)).p50();
    line("p50, publish one at a time / insertOne", p50, "<= 1.3", p50 <= 1.3, out);
    atLeast(medians, MongoCase.CONSUME, MongoCase.CURSOR, 0.35, out);
    line(
        "calls for each 100 events under backlog",
        consumed.calls(),
        "<= 0.5",
        consumed.calls() <= 0.5,
        out);
  }

  private static void atLeast(
      Map<MongoCase, MongoFigures> medians,
      MongoCase of,
      MongoCase limit,
      double least,
      PrintStream out) {
    double ratio =
        requireNonNull(medians.get(of)).perSecond()
            / requireNonNull(medians.get(limit)).perSecond();
    line(of.label() + " / " + limit.label(), ratio, ">= " + least, ratio >= least, out);
  }

  private static void line(
      String what, double reached, String asked, boolean met, PrintStream out) {
    out.printf(
        Locale.ROOT, "%-52s %10.2f %10s  %s%n", what, reached, asked, met ? "met" : "MISSED");
  }
}
