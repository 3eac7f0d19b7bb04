package io.promlib.outbox;

import static org.assertj.core.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/** More of them: {@code -Dprom.simulations=50000 -Dprom.firstSeed=1000}. */
class OutboxSimulationTest {
  private static final int SIMULATIONS = Integer.getInteger("prom.simulations", 60);
  private static final long FIRST_SEED = Long.getLong("prom.firstSeed", 1);

  @Test
  void whateverCrashesFailsAndRacesEachRecordIsOneEventInTheOrderOfItsKey() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SIMULATIONS; seed++) {
      try {
        new OutboxSimulation(seed).run();
      } catch (AssertionError | RuntimeException e) {
        fail("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }
}
