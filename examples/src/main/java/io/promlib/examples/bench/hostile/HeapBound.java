package io.promlib.examples.bench.hostile;

import java.util.Locale;

/**
 * What the gateway may hold by its settings, beside what it held before anybody came: the bus a
 * quarter of the heap, received bytes an eighth, bytes to send a quarter, and each connection a
 * fixed amount.
 */
record HeapBound(double before, double most, int connections) {
  private static final double SHARES = 1 / 4.0 + 1 / 8.0 + 1 / 4.0;
  private static final double PER_CONNECTION = 40 << 10;

  double bytes() {
    return before + SHARES * most + PER_CONNECTION * connections;
  }

  String formula() {
    return String.format(
        Locale.ROOT,
        "heap bound: before the first attack %.1f MiB + (1/4 bus + 1/8 received + 1/4 to send) of %.0f MiB + %d"
            + " connections of 40 KiB = %.1f MiB",
        before / Round.MIB,
        most / Round.MIB,
        connections,
        bytes() / Round.MIB);
  }
}
