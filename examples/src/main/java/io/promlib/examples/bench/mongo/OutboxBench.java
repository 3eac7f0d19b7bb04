package io.promlib.examples.bench.mongo;

import static java.util.Objects.requireNonNull;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code bench outbox}: drainers beside the plain way, on the same server. */
public final class OutboxBench implements Command {

  @Override
  public String name() {
    return "outbox";
  }

  @Override
  public String summary() {
    return "draining an outbox beside doing it one record at a time, on a server that is given";
  }

  @Override
  public String help() {
    return """
    bench outbox [options]

    Needs a MongoDB: a replica set, since every write waits for the majority. Each case makes a
    database of its own there, prom_bench_..., and drops it. The plain way is a find-and-modify, a
    publish and an update for each record.

      --url <address>     mongodb: address of the server (MONGO_URL of the environment)
      --records <n>       records to drain, of a thousand keys (20000)
      --seconds <n>       how long the plain way is measured (10)
      --runs <n>          runs of each case, in a JVM of its own each (3)
      --quick             one run of one second, 2000 records
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Args args = Args.parse(line, Set.of("url", "seconds", "records", "runs"), Set.of("quick"));
    boolean quick = args.has("quick");
    String url = MongoRuns.url(name(), args, environment);
    int records = args.number("records", quick ? 2_000 : 20_000, 100, 10_000_000);
    int seconds = args.number("seconds", quick ? 1 : 10, 1, 3_600);
    int runs = args.number("runs", quick ? 1 : 3, 1, 99);
    MongoRuns measuring = new MongoRuns(url, seconds, records, runs, out);
    Map<MongoCase, MongoFigures> medians =
        measuring.run(List.of(MongoCase.OUTBOX_ONE, MongoCase.OUTBOX_FOUR, MongoCase.OUTBOX_PLAIN));
    measuring.budgets();
    measuring.atLeast(medians, MongoCase.OUTBOX_ONE, MongoCase.OUTBOX_PLAIN, 30);
    double calls = requireNonNull(medians.get(MongoCase.OUTBOX_ONE)).calls();
    measuring.line("calls for each batch of 100, one drainer", calls, "<= 6", calls <= 6);
    return 0;
  }
}
