package io.promlib.examples.bench.hostile;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Prints what must hold beside what was reached. */
final class Judgement {
  private static final double MOST_RATIO = 5;

  private final PrintStream out;

  Judgement(PrintStream out) {
    this.out = out;
  }

  /** Tells whether all of it held. */
  boolean judge(List<Round> rounds, HeapBound bound) {
    out.println();
    out.println(bound.formula());
    out.printf(
        Locale.ROOT,
        "heap that an attack added, for each hostile connection: %.1f KiB%n",
        Round.median(rounds, round -> round.heapAttacked() - round.heapQuiet())
            / 1024
            / bound.connections());
    out.printf("%n%-42s %10s %10s%n", "must hold", "reached", "asked");
    double quiet = Round.median(rounds, round -> round.quiet().number("p99"));
    double attacked = Round.median(rounds, round -> round.attacked().number("p99"));
    boolean met = line("p99 attacked / quiet", attacked / quiet, MOST_RATIO);
    met &=
        line(
            "heap after GC under attack, MiB",
            Round.most(rounds, Round::heapAttacked) / Round.MIB,
            bound.bytes() / Round.MIB);
    met &= line("events lost", Round.most(rounds, Round::lost), 0);
    met &= line("events repeated", Round.most(rounds, Round::repeated), 0);
    met &= line("good connections lost", Round.most(rounds, Round::cuts), 0);
    return met;
  }

  private boolean line(String what, double reached, double asked) {
    boolean met = reached <= asked;
    out.printf(
        Locale.ROOT,
        "%-42s %10.2f %10s  %s%n",
        what,
        reached,
        String.format(Locale.ROOT, "<= %.0f", asked),
        met ? "met" : "MISSED");
    return met;
  }
}
