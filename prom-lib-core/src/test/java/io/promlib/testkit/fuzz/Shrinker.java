package io.promlib.testkit.fuzz;

import java.util.function.Predicate;

/** Takes away from an input what its failure does not need. */
final class Shrinker {
  private static final int MOST_TRIES = 5_000;

  private Shrinker() {}

  /** Leaves out pieces, first large and then small ones, as long as it still fails. */
  static byte[] shrink(byte[] input, Predicate<byte[]> fails) {
    byte[] small = input;
    int tries = 0;
    for (int piece = Math.max(1, input.length / 2); piece > 0; piece /= 2) {
      for (int at = 0; at < small.length && tries < MOST_TRIES; tries++) {
        byte[] without = Bytes.join(small, at, small, Math.min(small.length, at + piece));
        if (fails.test(without)) {
          small = without;
        } else {
          at += piece;
        }
      }
    }
    return small;
  }
}
