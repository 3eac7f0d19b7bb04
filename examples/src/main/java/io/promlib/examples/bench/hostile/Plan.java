package io.promlib.examples.bench.hostile;

import io.promlib.examples.Args;
import java.util.List;
import java.util.Set;

/**
 * What is run.
 *
 * @param frames small hostile frames a second, over all flooding connections
 * @param kib KiB of huge frames a second, over all such connections
 */
record Plan(
    String kind, int connections, int clients, int seconds, int rounds, int frames, int kib) {
  static final Set<String> OPTIONS =
      Set.of("kind", "connections", "clients", "seconds", "rounds", "frames", "kib");

  static Plan of(List<String> line) {
    Args args = Args.parse(line, OPTIONS, Set.of("quick"));
    boolean quick = args.has("quick");
    Plan plan =
        new Plan(
            args.text("kind").orElse("mixed"),
            args.number("connections", 1_000, 1, 12_000),
            args.number("clients", 10, 1, 100),
            args.number("seconds", quick ? 2 : 10, 1, 3_600),
            args.number("rounds", quick ? 1 : 3, 1, 99),
            args.number("frames", 20_000, 1, 10_000_000),
            args.number("kib", 16 << 10, 1, 1 << 20));
    Kind.ofLabel(plan.kind());
    return plan;
  }

  List<String> swarm() {
    return List.of(
        "--kind", kind,
        "--connections", Integer.toString(connections),
        "--frames", Integer.toString(frames),
        "--kib", Integer.toString(kib));
  }
}
