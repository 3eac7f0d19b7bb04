package io.promlib.bus.internal;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/**
 * Whole clusters on seeded schedules. More of them: {@code -Dprom.simulations=50000
 * -Dprom.firstSeed=1000}.
 */
class ClusterSimulationTest {
  private static final int SIMULATIONS = Integer.getInteger("prom.simulations", 60);
  private static final long FIRST_SEED = Long.getLong("prom.firstSeed", 1);

  @Test
  void whateverCrashesFailsAndRacesNothingIsLostRepeatedOrStuck() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SIMULATIONS; seed++) {
      play(seed);
    }
  }

  /**
   * Each found a mistake of its own, now mended: order after a take-over, an unknown write, a lost
   * filter, …
   */
  @Test
  void seedsThatOnceFailedPass() {
    for (long seed :
        new long[] {1, 7, 12, 59, 72, 93, 133, 151, 163, 180, 219, 243, 248, 5014, 5228}) {
      play(seed);
    }
  }

  private static void play(long seed) {
    try {
      new Simulation(seed).run();
    } catch (AssertionError | RuntimeException e) {
      fail("seed " + seed + ": " + e.getMessage(), e);
    }
  }
}
