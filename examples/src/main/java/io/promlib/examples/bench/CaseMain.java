package io.promlib.examples.bench;

import io.promlib.examples.Args;
import java.util.List;
import java.util.Set;

/**
 * One run of one case, in the JVM that the benchmark started for it. Prints one line for the
 * benchmark to read.
 */
public final class CaseMain {
  private CaseMain() {}

  public static void main(String[] line) throws InterruptedException {
    Args args =
        Args.parse(
            List.of(line),
            Set.of(
                "case",
                "name",
                "publishers",
                "groups",
                "topics",
                "payload",
                "retention",
                "in-flight",
                "idle-groups",
                "rate",
                "seconds"),
            Set.of());
    int most = Integer.MAX_VALUE;
    Workload workload =
        new Workload(
            args.text("name").orElse("case"),
            args.number("publishers", 1, 1, 1_000),
            args.number("groups", 1, 1, 1_000),
            args.number("topics", 1, 1, 1_000),
            args.number("payload", 120, Sample.LEAST, most),
            args.number("retention", 0, 0, most),
            args.number("in-flight", 8_192, 1, most),
            args.number("idle-groups", 0, 0, 10_000));
    Contender.Kind kind = Contender.Kind.valueOf(args.text("case").orElse("BUS"));
    CaseRun run =
        new CaseRun(
            kind,
            workload,
            args.number("seconds", 3, 1, 3_600),
            args.number("rate", 20_000, 1, most));
    System.out.println(run.measure().toLine());
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }
}
