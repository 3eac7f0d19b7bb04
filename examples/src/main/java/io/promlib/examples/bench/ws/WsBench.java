package io.promlib.examples.bench.ws;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.examples.UsageException;
import io.promlib.examples.bench.child.Child;
import io.promlib.examples.bench.child.Figures;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** {@code bench ws}: the gateway beside bare Java-WebSocket. */
public final class WsBench implements Command {
  private static final List<String> JVM = List.of("-Xms512m", "-Xmx512m", "-XX:+UseG1GC");

  @Override
  public String name() {
    return "ws";
  }

  @Override
  public String summary() {
    return "the gateway beside bare Java-WebSocket, over loopback";
  }

  @Override
  public String help() {
    return """
    bench ws [options]

    Server and clients in a process each; the cases take turns.

      --case <names>      only these, with commas; names are printed as they run (all)
      --seconds <n>       how long each figure is measured (3)
      --warm-up <n>       before that: so many seconds, and ten thousand events for each (10);
                          with a crowd, as long as it is measured
      --runs <n>          runs of each case, in JVMs of their own each (3)
      --idle <n>          idle connections; both processes need as many open files (5000)
      --server <option>   one more option of the server's JVM, such as of a profiler
    """;
  }

  /** What a run came to. */
  private record Result(double perSecond, double p50, double p99) {}

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args =
        Args.parse(line, Set.of("case", "seconds", "warm-up", "runs", "idle", "server"), Set.of());
    int seconds = args.number("seconds", 3, 1, 3_600);
    int warmUp = args.number("warm-up", 10, 1, 3_600);
    int runs = args.number("runs", 3, 1, 99);
    int idle = args.number("idle", 5_000, 1, 50_000);
    List<String> jvm = new ArrayList<>(JVM);
    args.text("server").ifPresent(jvm::add);
    List<WsCase> cases = cases(args.text("case").orElse(""));
    out.printf(
        "%d processors, JDK %s, %s; %d run(s) of %d s%n",
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        String.join(" ", jvm),
        runs,
        seconds);
    Map<WsCase, List<Result>> results = new EnumMap<>(WsCase.class);
    for (int run = 1; run <= runs; run++) {
      for (WsCase one : cases) {
        if (one != WsCase.IDLE) {
          Result result = runOnce(one, jvm, seconds, warmUp);
          results.computeIfAbsent(one, first -> new ArrayList<>()).add(result);
          out.printf(
              Locale.ROOT, "run %d: %s: %,.0f events/s%n", run, one.name(), result.perSecond);
        }
      }
    }
    report(results, out);
    if (cases.contains(WsCase.IDLE)) {
      idle(jvm, idle, out);
    }
    return 0;
  }

  private static List<WsCase> cases(String given) {
    List<WsCase> cases = new ArrayList<>();
    for (WsCase one : WsCase.values()) {
      if (given.isEmpty() || List.of(given.split(",", -1)).contains(one.name())) {
        cases.add(one);
      }
    }
    if (cases.isEmpty()) {
      throw new UsageException("--case must name some of " + List.of(WsCase.values()));
    }
    return cases;
  }

  private static Result runOnce(WsCase one, List<String> jvm, int seconds, int warmUp)
      throws IOException {
    try (Child server = new Child("server", WsServerMain.class, jvm, List.of(one.name()));
        Child client =
            new Child(
                "client",
                WsClientMain.class,
                JVM,
                List.of(
                    one.name(),
                    server.hello().text("port"),
                    Integer.toString(seconds),
                    Integer.toString(warmUp)))) {
      Figures figures = client.hello();
      return new Result(figures.number("perSecond"), figures.number("p50"), figures.number("p99"));
    }
  }

  private static void report(Map<WsCase, List<Result>> results, PrintStream out) {
    out.printf("%n%-26s %12s %7s %9s %9s%n", "case", "events/s", "spread", "p50 us", "p99 us");
    results.forEach(
        (one, runs) -> {
          double most = runs.stream().mapToDouble(Result::perSecond).max().orElse(0);
          double least = runs.stream().mapToDouble(Result::perSecond).min().orElse(0);
          double middle = median(runs, Result::perSecond);
          out.printf(
              Locale.ROOT,
              "%-26s %,12.0f %6.0f%% %9.1f %9.1f%n",
              one.label(),
              middle,
              100 * (most - least) / middle,
              median(runs, Result::p50),
              median(runs, Result::p99));
        });
    out.printf("%n%-52s %10s %10s%n", "budget", "reached", "asked");
    atLeast(results, WsCase.SINGLE, WsCase.BARE_SINGLE, 0.8, out);
    atLeast(results, WsCase.BATCH, WsCase.BARE_BATCH, 0.7, out);
    atLeast(results, WsCase.BATCH_NARROW, WsCase.BARE_BATCH_NARROW, 0.7, out);
    atLeast(results, WsCase.BATCH, WsCase.BARE_SINGLE, 2, out);
    List<Result> round = results.get(WsCase.ROUND);
    List<Result> bare = results.get(WsCase.BARE_ROUND);
    if (round != null && bare != null) {
      double ratio = median(round, Result::p50) / median(bare, Result::p50);
      line("p50, one event at a time / one bare frame", ratio, "<= 1.25", ratio <= 1.25, out);
    }
    atLeast(results, WsCase.TAILS, WsCase.BARE_BROADCAST, 0.9, out);
  }

  private static double median(List<Result> runs, ToDoubleFunction<Result> figure) {
    double[] sorted = runs.stream().mapToDouble(figure).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static void atLeast(
      Map<WsCase, List<Result>> results, WsCase of, WsCase limit, double least, PrintStream out) {
    List<Result> runs = results.get(of);
    List<Result> beside = results.get(limit);
    if (runs != null && beside != null) {
      double ratio = median(runs, Result::perSecond) / median(beside, Result::perSecond);
      line(of.label() + " / " + limit.label(), ratio, ">= " + least, ratio >= least, out);
    }
  }

  private static void line(
      String what, double reached, String asked, boolean met, PrintStream out) {
    out.printf(
        Locale.ROOT, "%-52s %10.2f %10s  %s%n", what, reached, asked, met ? "met" : "MISSED");
  }

  private static void idle(List<String> jvm, int count, PrintStream out) throws IOException {
    try (Child server = new Child("server", WsServerMain.class, jvm, List.of(WsCase.IDLE.name()))) {
      Figures before = server.ask("heap");
      List<String> arguments =
          List.of(WsCase.IDLE.name(), server.hello().text("port"), "1", Integer.toString(count));
      try (Child client = new Child("client", WsClientMain.class, JVM, arguments)) {
        Figures after = server.ask("heap");
        double each = (after.number("used") - before.number("used")) / count / 1024;
        double threads = after.number("threads") - before.number("threads");
        String what = count + " idle connections, KiB of heap each";
        line(what, each, "< 40", client.hello().number("connections") == count && each < 40, out);
        line("threads that came with them", threads, "< 50", threads < 50, out);
      }
    }
  }
}
