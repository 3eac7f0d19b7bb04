package io.promlib.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ManualClockTest {
  private static final Instant START = Instant.parse("2025-01-01T00:00:00Z");

  private final ManualClock clock = new ManualClock();
  private final List<String> ran = new ArrayList<>();

  @Test
  void advancingTurnsBothClocks() {
    clock.advance(Duration.ofMillis(1500));

    assertThat(clock.nanos()).isEqualTo(1_500_000_000L);
    assertThat(clock.wall().instant()).isEqualTo(START.plusMillis(1500));
    assertThat(clock.millis()).isEqualTo(START.toEpochMilli() + 1500);
  }

  @Test
  void aJumpMovesTheWallClockAloneAndRunsNothing() {
    schedule("a", 10);

    clock.jumpWall(Duration.ofHours(1));
    assertThat(clock.wall().instant()).isEqualTo(START.plusSeconds(3600));
    clock.jumpWall(Duration.ofHours(-2));
    assertThat(clock.wall().instant()).isEqualTo(START.minusSeconds(3600));

    assertThat(clock.nanos()).isZero();
    assertThat(ran).isEmpty();
  }

  @Test
  void tasksRunInTheOrderOfTheirDueTimesWithTheClocksAtThem() {
    schedule("late", 30);
    schedule("early", 10);
    schedule("also early", 10);
    schedule("not yet", 31);

    clock.advance(Duration.ofMillis(30));

    assertThat(ran).containsExactly("early at 10", "also early at 10", "late at 30");
    assertThat(clock.pending()).isEqualTo(1);
  }

  @Test
  void aTaskThatATaskSchedulesRunsIfItComesDue() {
    clock.schedule(
        () -> {
          schedule("second", 5);
          schedule("third", 50);
        },
        Duration.ofMillis(10));

    clock.advance(Duration.ofMillis(20));

    assertThat(ran).containsExactly("second at 15");
    assertThat(clock.nanos()).isEqualTo(20_000_000L);
  }

  @Test
  void aTaskWithoutDelayWaitsForTheNextTurnBeItByNothing() {
    schedule("now", 0);
    schedule("before now", -5);
    assertThat(ran).isEmpty();

    clock.advance(Duration.ZERO);

    assertThat(ran).containsExactly("now at 0", "before now at 0");
  }

  @Test
  void aTaskThatWasTakenBackDoesNotRun() {
    Timing.Alarm alarm = schedule("a", 10);
    alarm.cancel();
    alarm.cancel();

    clock.advance(Duration.ofMillis(10));

    assertThat(ran).isEmpty();
    assertThat(clock.pending()).isZero();
  }

  @Test
  void whatATaskThrowsIsThrownToTheOneWhoTurnsAndTheNextTurnGoesOn() {
    clock.schedule(
        () -> {
          throw new IllegalStateException("boom");
        },
        Duration.ofMillis(10));
    schedule("next", 20);

    assertThatThrownBy(() -> clock.advance(Duration.ofMillis(30))).hasMessage("boom");
    assertThat(clock.nanos()).isEqualTo(10_000_000L);
    clock.advance(Duration.ofMillis(10));

    assertThat(ran).containsExactly("next at 20");
    assertThat(clock.nanos()).isEqualTo(20_000_000L);
  }

  @Test
  void closingDropsWhatWaitsAndWhatComesLater() {
    schedule("a", 10);
    clock.close();
    clock.close();
    schedule("b", 10);

    clock.advance(Duration.ofMillis(10));

    assertThat(ran).isEmpty();
    assertThat(clock.pending()).isZero();
  }

  @Test
  void turningBackIsRefused() {
    assertThatThrownBy(() -> clock.advance(Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("jumpWall");
  }

  @Test
  void turnsOfManyThreadsAddUpAndRunEachTaskOnce() {
    AtomicInteger runs = new AtomicInteger();
    for (int i = 1; i <= 400; i++) {
      clock.schedule(runs::incrementAndGet, Duration.ofMillis(i));
    }

    IntStream.range(0, 4)
        .parallel()
        .forEach(
            thread -> {
              for (int i = 0; i < 100; i++) {
                clock.advance(Duration.ofMillis(1));
              }
            });

    assertThat(runs).hasValue(400);
    assertThat(clock.nanos()).isEqualTo(400_000_000L);
    assertThat(clock.wall().instant()).isEqualTo(START.plusMillis(400));
  }

  private Timing.Alarm schedule(String name, long millis) {
    return clock.schedule(
        () -> ran.add(name + " at " + clock.nanos() / 1_000_000), Duration.ofMillis(millis));
  }
}
