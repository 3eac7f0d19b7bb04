package io.promlib.examples.bench;

import io.promlib.examples.Args;
import io.promlib.examples.Command;
import io.promlib.examples.UsageException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code bench bus}: the bus in memory beside what else hands objects from thread to thread. */
final class BusBench implements Command {
  private static final Set<String> SHAPE =
      Set.of("publishers", "groups", "topics", "payload", "retention", "in-flight", "idle-groups");

  @Override
  public String name() {
    return "bus";
  }

  @Override
  public String summary() {
    return "the bus in memory beside what else hands objects from thread to thread";
  }

  @Override
  public String help() {
    return """
    bench bus [options]

    Without a workload option it runs the whole table and says which budgets are met.
    With one it runs that workload alone.

      --publishers <n>    threads that publish (1)
      --groups <n>        groups on each topic (1)
      --topics <n>        topics, over which the publishers are spread (1)
      --payload <bytes>   heap that a payload takes (120)
      --retention <n>     events that a topic keeps; 0: the default (65536)
      --in-flight <n>     most events published and not handled (8192)
      --idle-groups <n>   groups on other topics that hold a million events (0)
      --case <a,b>        of bus, queue, guava, disruptor (all)
      --rate <n>          events a second while latency is measured (20000)
      --seconds <n>       how long each figure is measured (3)
      --runs <n>          runs of each case, in a JVM of its own each (3)
      --quick             one run of one second
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws Exception {
    Set<String> names = new TreeSet<>(SHAPE);
    names.addAll(Set.of("case", "rate", "seconds", "runs"));
    Args args = Args.parse(line, names, Set.of("quick"));
    boolean quick = args.has("quick");
    Runs runs =
        new Runs(
            args.number("runs", quick ? 1 : 3, 1, 99),
            args.number("seconds", quick ? 1 : 3, 1, 3_600),
            args.number("rate", 20_000, 1, 10_000_000),
            out);
    if (args.given().stream().anyMatch(SHAPE::contains)) {
      Table.print(runs.run(cases(List.of(custom(args)), kinds(args))), out);
    } else {
      List<Case> cases = new ArrayList<>(BusTable.cases());
      Set<Contender.Kind> kinds = kinds(args);
      cases.removeIf(one -> !kinds.contains(one.kind()));
      Map<Case, List<CaseResult>> results = runs.run(cases);
      Table.print(results, out);
      BusTable.judge(results, out);
    }
    return 0;
  }

  private static Workload custom(Args args) {
    Workload plain = Workload.PLAIN;
    int publishers = args.number("publishers", plain.publishers(), 1, 1_000);
    int groups = args.number("groups", plain.groups(), 1, 1_000);
    int topics = args.number("topics", plain.topics(), 1, 1_000);
    if (publishers < topics) {
      throw new UsageException(
          "--publishers must be at least --topics, is "
              + publishers
              + " for "
              + topics
              + " topics");
    }
    return new Workload(
        "chosen",
        publishers,
        groups,
        topics,
        args.number("payload", plain.payload(), Sample.LEAST, 1 << 20),
        args.number("retention", plain.retention(), 0, Integer.MAX_VALUE),
        args.number("in-flight", plain.inFlight(), 1, 1 << 24),
        args.number("idle-groups", plain.idleGroups(), 0, 9_000));
  }

  private static Set<Contender.Kind> kinds(Args args) {
    Set<Contender.Kind> kinds = new TreeSet<>();
    for (String label : args.text("case").orElse("bus,queue,guava,disruptor").split(",", -1)) {
      kinds.add(
          Contender.Kind.ofLabel(label.strip())
              .orElseThrow(
                  () ->
                      new UsageException(
                          "--case must be of bus, queue, guava, disruptor, is '" + label + "'")));
    }
    return kinds;
  }

  private static List<Case> cases(List<Workload> workloads, Set<Contender.Kind> kinds) {
    List<Case> cases = new ArrayList<>();
    for (Workload workload : workloads) {
      kinds.forEach(kind -> cases.add(new Case(kind, workload)));
    }
    return cases;
  }
}
