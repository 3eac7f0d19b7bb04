package io.promlib.examples.bench.mongo;

import static java.util.Objects.requireNonNull;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code bench mongo}: the bus on MongoDB beside the plain driver, on the same server. */
public final class MongoBench implements Command {
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
    String url = MongoRuns.url(name(), args, environment);
    int seconds = args.number("seconds", quick ? 1 : 3, 1, 3_600);
    int backlog = args.number("backlog", quick ? 5_000 : 50_000, 1, 10_000_000);
    int runs = args.number("runs", quick ? 1 : 3, 1, 99);
    MongoRuns measuring = new MongoRuns(url, seconds, backlog, runs, out);
    Map<MongoCase, MongoFigures> medians =
        measuring.run(
            List.of(
                MongoCase.PUBLISH,
                MongoCase.INSERT_MANY,
                MongoCase.PUBLISH_ONE,
                MongoCase.INSERT_ONE,
                MongoCase.CONSUME,
                MongoCase.CURSOR));
    measuring.budgets();
    measuring.atLeast(medians, MongoCase.PUBLISH, MongoCase.INSERT_MANY, 0.8);
    double p50 =
        requireNonNull(medians.get(MongoCase.PUBLISH_ONE)).p50()
            / requireNonNull(medians.get(MongoCase.INSERT_ONE)).p50();
    measuring.line("p50, publish one at a time / insertOne", p50, "<= 1.3", p50 <= 1.3);
    measuring.atLeast(medians, MongoCase.CONSUME, MongoCase.CURSOR, 0.35);
    double calls = requireNonNull(medians.get(MongoCase.CONSUME)).calls();
    measuring.line("calls for each 100 events under backlog", calls, "<= 0.5", calls <= 0.5);
    return 0;
  }
}
