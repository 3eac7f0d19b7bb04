package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.testkit.ManualClock;
import io.promlib.time.Timing;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

class ServerTimingTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Duration MILLI = Duration.ofMillis(1);

  private final ManualClock local = new ManualClock(NOON);
  private final Queue<Runnable> worker = new ArrayDeque<>();
  private Duration serverIsAhead = Duration.ZERO;
  private Duration localJumped = Duration.ZERO;
  private Duration there = Duration.ZERO;
  private Duration back = Duration.ZERO;
  private int questions;
  private boolean away;

  @Test
  void aProcessWhoseClockIsFastOrSlowHasTheServersTime() {
    for (int seconds : new int[] {5, -5, 3600}) {
      serverIsAhead = Duration.ofSeconds(seconds);
      there = back = Duration.ofMillis(2);
      Timing timing = start();

      assertOff(timing, Duration.ofMillis(3));
      assertThat(Duration.between(timing.wall().instant(), local.wall().instant()).abs())
          .isGreaterThan(Duration.ofSeconds(4));
      timing.close();
    }
  }

  @Test
  void timeGoesOnBetweenQuestions() {
    Timing timing = start();
    long before = timing.millis();
    local.advance(Duration.ofSeconds(7));

    assertThat(timing.millis() - before).isEqualTo(7000);
    assertThat(worker).isEmpty();
  }

  @Test
  void aLocalClockThatJumpsMakesNoDifference() {
    Timing timing = start();
    jumpLocal(Duration.ofHours(3));
    assertOff(timing, MILLI);
    jumpLocal(Duration.ofHours(-9));
    assertOff(timing, MILLI);
    refresh();
    assertOff(timing, MILLI);
  }

  @Test
  void aServersClockThatIsSetIsFollowedAtTheNextQuestion() {
    Timing timing = start();
    serverIsAhead = Duration.ofSeconds(-8);
    refresh();
    assertOff(timing, MILLI);
  }

  @Test
  void theAnswerThatCameBackQuickestCounts() {
    LongSupplier slowBut =
        () -> {
          back = Duration.ofMillis(++questions == 3 ? 1 : 400);
          return ask();
        };
    assertOff(new ServerTiming(local, slowBut, worker::add), MILLI);
  }

  @Test
  void aSlowAnswerDoesNotShakeATimeThatItAllows() {
    Timing timing = start();
    back = Duration.ofMillis(500);
    refresh();
    assertOff(timing, MILLI);
    there = Duration.ofMillis(500);
    back = Duration.ZERO;
    refresh();
    assertOff(timing, MILLI);
  }

  @Test
  void aQuestionThatFailsLeavesTheTimeAsItWasAndTheNextComesAllTheSame() {
    serverIsAhead = Duration.ofSeconds(5);
    Timing timing = start();
    away = true;
    refresh();
    assertOff(timing, MILLI);
    away = false;
    serverIsAhead = Duration.ofSeconds(9);
    refresh();
    assertOff(timing, MILLI);
  }

  @Test
  void aServerThatIsAwayAtTheStartIsAnError() {
    away = true;
    assertThatThrownBy(this::start).hasMessage("away");
    assertThat(local.pending()).isZero();
  }

  @Test
  void theServerIsNeverAskedOnTheThreadOfTheAlarm() {
    start();
    int before = questions;
    local.advance(ServerTiming.EVERY);

    assertThat(questions).isEqualTo(before);
    assertThat(worker).hasSize(1);
  }

  @Test
  void alarmsAndIntervalsAreTheLocalClocks() {
    Timing timing = start();
    boolean[] rang = new boolean[1];
    timing.schedule(() -> rang[0] = true, Duration.ofSeconds(2));
    local.advance(Duration.ofSeconds(2));

    assertThat(rang[0]).isTrue();
    assertThat(timing.nanos()).isEqualTo(local.nanos());
  }

  @Test
  void aClosedOneAsksNoMoreAndLeavesTheLocalClockRunning() {
    Timing timing = start();
    local.advance(ServerTiming.EVERY);
    timing.close();
    timing.close();
    worker.remove().run();

    assertThat(local.pending()).isZero();
    local.schedule(() -> {}, Duration.ofSeconds(1));
    assertThat(local.pending()).isEqualTo(1);
  }

  @Test
  void aWorkerThatTakesNothingMoreHarmsNobody() {
    ServerTiming timing =
        new ServerTiming(
            local,
            this::ask,
            task -> {
              throw new RejectedExecutionException("closed");
            });
    local.advance(ServerTiming.EVERY);
    assertOff(timing, MILLI);
  }

  private Timing start() {
    return new ServerTiming(local, this::ask, worker::add);
  }

  /** The time of the next question passes, and it is asked. */
  private void refresh() {
    local.advance(ServerTiming.EVERY);
    worker.remove().run();
  }

  private long ask() {
    questions++;
    if (away) {
      throw new IllegalStateException("away");
    }
    local.advance(there);
    long told = serverNow().toEpochMilli();
    local.advance(back);
    return told;
  }

  private Instant serverNow() {
    return local.wall().instant().minus(localJumped).plus(serverIsAhead);
  }

  private void jumpLocal(Duration by) {
    local.jumpWall(by);
    localJumped = localJumped.plus(by);
  }

  private void assertOff(Timing timing, Duration atMost) {
    assertThat(Duration.between(serverNow(), timing.wall().instant()).abs())
        .isLessThanOrEqualTo(atMost);
    assertThat(Math.abs(serverNow().toEpochMilli() - timing.millis()))
        .isLessThanOrEqualTo(atMost.toMillis());
  }
}
