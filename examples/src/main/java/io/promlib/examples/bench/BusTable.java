package io.promlib.examples.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/** The workloads of the bus in memory, and what it must reach in each. */
final class BusTable {
  private static final Workload PLAIN = Workload.PLAIN;
  private static final Workload KEEP_DEFAULT =
      new Workload("1 -> 1, default retention", 1, 1, 1, 120, 0, 8_192, 0);
  private static final Workload FAN_OUT =
      new Workload("1 -> 4 groups", 1, 4, 1, 120, 65_536, 8_192, 0);
  private static final Workload FAN_IN =
      new Workload("4 publishers -> 1", 4, 1, 1, 120, 65_536, 8_192, 0);
  private static final Workload EIGHT_TOPICS =
      new Workload("8 topics at once", 8, 1, 8, 120, 65_536, 8_192, 0);
  private static final Workload IDLE =
      new Workload("1 -> 1, 1000 idle groups", 1, 1, 1, 120, 65_536, 8_192, 1_000);

  private BusTable() {}

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (Workload workload : List.of(PLAIN, FAN_OUT, FAN_IN, EIGHT_TOPICS)) {
      for (Contender.Kind kind : Contender.Kind.values()) {
        cases.add(new Case(kind, workload));
      }
    }
    cases.add(1, new Case(Contender.Kind.BUS, IDLE));
    cases.add(2, new Case(Contender.Kind.BUS, KEEP_DEFAULT));
    return cases;
  }

  /** Prints each budget with the figure that was reached. */
  static void judge(Map<Case, List<CaseResult>> results, PrintStream out) {
    Judge judge = new Judge(results, out);
    judge.throughput("1 -> 1 / ArrayBlockingQueue", PLAIN, Contender.Kind.QUEUE, PLAIN, 0.4);
    judge.throughput("1 -> 1 / Guava AsyncEventBus", PLAIN, Contender.Kind.GUAVA, PLAIN, 1.5);
    judge.throughput("1 -> 1 / Disruptor", PLAIN, Contender.Kind.DISRUPTOR, PLAIN, 0.3);
    judge.throughput(
        "default retention / ArrayBlockingQueue", KEEP_DEFAULT, Contender.Kind.QUEUE, PLAIN, 0.25);
    judge.throughput("1 -> 4 groups / 1 -> 1", FAN_OUT, Contender.Kind.BUS, PLAIN, 0.7);
    judge.throughput("4 publishers -> 1 / 1 -> 1", FAN_IN, Contender.Kind.BUS, PLAIN, 0.7);
    judge.throughput("8 topics / 1 -> 1", EIGHT_TOPICS, Contender.Kind.BUS, PLAIN, 0.7);
    judge.throughput("1000 idle groups / without", IDLE, Contender.Kind.BUS, PLAIN, 0.95);
    judge.below("p99 at the fixed rate, us", PLAIN, CaseResult::p99, 1_000);
    judge.below(
        "B/event at the fixed rate, without payload",
        PLAIN,
        r -> r.ratedBytes() - PLAIN.payload(),
        250);
    judge.furtherDelivery();
  }

  private record Judge(Map<Case, List<CaseResult>> results, PrintStream out) {
    Judge {
      out.printf("%n%-42s %10s %10s%n", "budget", "reached", "asked");
    }

    void throughput(
        String what, Workload of, Contender.Kind limit, Workload limitOf, double least) {
      Optional<CaseResult> reached = median(Contender.Kind.BUS, of);
      Optional<CaseResult> against = median(limit, limitOf);
      if (reached.isPresent() && against.isPresent()) {
        double ratio = reached.get().perSecond() / against.get().perSecond();
        line(what, ratio, ">= " + least, ratio >= least);
      }
    }

    void below(String what, Workload of, ToDoubleFunction<CaseResult> figure, double most) {
      median(Contender.Kind.BUS, of)
          .map(figure::applyAsDouble)
          .ifPresent(value -> line(what, value, "< " + (int) most, value < most));
    }

    void furtherDelivery() {
      Optional<CaseResult> one = median(Contender.Kind.BUS, PLAIN);
      Optional<CaseResult> four = median(Contender.Kind.BUS, FAN_OUT);
      if (one.isPresent() && four.isPresent()) {
        double each = (four.get().ratedBytes() - one.get().ratedBytes()) / 3;
        line("B/further delivery at the fixed rate", each, "< 50", each < 50);
      }
    }

    private Optional<CaseResult> median(Contender.Kind kind, Workload workload) {
      return Optional.ofNullable(results.get(new Case(kind, workload))).map(CaseResult::median);
    }

    private void line(String what, double reached, String asked, boolean met) {
      out.printf(
          Locale.ROOT, "%-42s %10.2f %10s  %s%n", what, reached, asked, met ? "met" : "MISSED");
    }
  }
}
