package io.promlib.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void eachFurtherFailureWaitsLongerUntilTheLongest() {
    Backoff backoff = new Backoff(SECOND, 2, Duration.ofSeconds(10), 0);

    assertThat(backoff.after(1, 0)).isEqualTo(SECOND);
    assertThat(backoff.after(2, 0)).isEqualTo(Duration.ofSeconds(2));
    assertThat(backoff.after(4, 0)).isEqualTo(Duration.ofSeconds(8));
    assertThat(backoff.after(5, 0)).isEqualTo(Duration.ofSeconds(10));
    assertThat(backoff.after(Integer.MAX_VALUE, 0)).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void aFixedWaitIsAlwaysTheSame() {
    Backoff backoff = Backoff.fixed(SECOND);

    assertThat(backoff.after(1, 1)).isEqualTo(SECOND);
    assertThat(backoff.after(100, 0)).isEqualTo(SECOND);
  }

  @Test
  void chanceTakesOffUpToTheJitterAndNeverAddsAny() {
    for (int seed = 0; seed < 1000; seed++) {
      Random random = new Random(seed);
      Duration first = Duration.ofMillis(1 + random.nextInt(5000));
      double jitter = random.nextDouble();
      Backoff backoff =
          new Backoff(first, 1 + random.nextDouble() * 4, first.multipliedBy(50), jitter);
      int failures = 1 + random.nextInt(12);
      long whole = backoff.after(failures, 0).toMillis();
      long part = backoff.after(failures, random.nextDouble()).toMillis();

      assertThat(part)
          .as("seed %s", seed)
          .isBetween(Math.max(1, (long) (whole * (1 - jitter)) - 1), whole);
      assertThat(backoff.after(failures + 1, 0).toMillis())
          .as("seed %s", seed)
          .isBetween(whole, first.toMillis() * 50);
    }
  }

  @Test
  void aWaitIsNeverNone() {
    assertThat(new Backoff(SECOND, 1, SECOND, 1).after(1, 1)).isEqualTo(Duration.ofMillis(1));
    assertThat(Backoff.fixed(Duration.ofNanos(1)).after(1, 0)).isEqualTo(Duration.ofMillis(1));
  }

  @Test
  void aValueOutOfItsBoundsIsRefusedByName() {
    refused("first", Duration.ZERO, 2, SECOND, 0);
    refused("first", SECOND.negated(), 2, SECOND, 0);
    refused("max", SECOND, 2, Duration.ofMillis(999), 0);
    refused("factor", SECOND, 0.99, SECOND, 0);
    refused("factor", SECOND, 101, SECOND, 0);
    refused("factor", SECOND, Double.NaN, SECOND, 0);
    refused("jitter", SECOND, 2, SECOND, -0.01);
    refused("jitter", SECOND, 2, SECOND, 1.01);
    refused("jitter", SECOND, 2, SECOND, Double.NaN);
  }

  private static void refused(
      String field, Duration first, double factor, Duration max, double jitter) {
    assertThatThrownBy(() -> new Backoff(first, factor, max, jitter))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(field + " must");
  }
}
