package io.promlib.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InMemoryLimitsTest {

  @Test
  void noTopicThatNobodyConfiguredMayHaveMoreThanAnEighthOfTheBudget() {
    InMemoryLimits limits = InMemoryLimits.defaults();

    assertThat(limits.budget()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
    assertThat(limits.settings().maxBytes())
        .isEqualTo(Math.min(64L << 20, limits.budget() / 8))
        .isPositive();
  }
}
