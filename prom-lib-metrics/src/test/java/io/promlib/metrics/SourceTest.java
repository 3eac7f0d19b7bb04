package io.promlib.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.prometheus.client.Counter;
import io.promlib.metrics.Source.Asked;
import io.promlib.testkit.HandTurnedWorkers;
import io.promlib.testkit.ManualClock;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class SourceTest {
  private final ManualClock clock = new ManualClock();
  private final HandTurnedWorkers workers = new HandTurnedWorkers();
  private final Counter failures = Counter.build("failures", "of a test").create();
  private final Source<Integer> source = source(workers);
  private boolean fails;
  private int read;

  private Source<Integer> source(Executor threads) {
    return new Source<>("thing", this::next, threads, clock.wall(), failures.labels());
  }

  private int next() {
    if (fails) {
      throw new IllegalStateException("boom");
    }
    return ++read;
  }

  @Test
  void eachWhoAsksGetsWhatWasReadSince() {
    assertThat(askAndRun().take()).contains(1);
    assertThat(askAndRun().take()).contains(2);
  }

  @Test
  void thoseWhoAskMeanwhileShareOneReading() {
    Asked<Integer> first = source.ask();
    Asked<Integer> second = source.ask();
    assertThat(workers.runAll()).isEqualTo(1);
    assertThat(first.take()).contains(1);
    assertThat(second.take()).contains(1);
    assertThat(askAndRun().take()).contains(2);
  }

  @Test
  void oneThatGaveUpFindsNothingAndTheNextGetsTheLateAnswerWhileAnotherIsRead() {
    assertThat(source.ask().take()).isEmpty();
    workers.runAll();
    Asked<Integer> next = source.ask();
    assertThat(next.take()).contains(1);
    assertThat(workers.runAll()).isEqualTo(1);
    assertThat(source.ask().take()).contains(2);
  }

  @Test
  void aLateAnswerIsNotShownAfterAMinute() {
    assertThat(source.ask().take()).isEmpty();
    workers.runAll();
    clock.advance(Duration.ofSeconds(61));
    assertThat(askAndRun().take()).contains(2);
  }

  @Test
  void aFailureIsNotShownLateButTriedAgain() {
    fails = true;
    assertThat(source.ask().take()).isEmpty();
    workers.runAll();
    fails = false;
    assertThat(askAndRun().take()).contains(1);
  }

  @Test
  void aFailureThatIsSeenIsTriedAgainByTheNext() {
    fails = true;
    assertThat(askAndRun().take()).isEmpty();
    fails = false;
    assertThat(askAndRun().take()).contains(1);
  }

  @Test
  void whatIsNotReadInTimeAndWhatFailsIsCounted() {
    askAndRun().take();
    assertThat(failures.get()).isZero();
    source.ask().take();
    assertThat(failures.get()).isEqualTo(1);
    workers.runAll();
    source.ask().take();
    assertThat(failures.get()).isEqualTo(1);
    workers.runAll();
    source.ask().take();
    workers.runAll();
    fails = true;
    source.ask().take();
    assertThat(failures.get()).isEqualTo(1);
    workers.runAll();
    askAndRun().take();
    assertThat(failures.get()).isEqualTo(2);
  }

  @Test
  void whereNoThreadsAreLeftNothingIsRead() {
    Source<Integer> closed =
        source(
            task -> {
              throw new RejectedExecutionException("closed");
            });
    assertThat(closed.ask().take()).isEmpty();
  }

  private Asked<Integer> askAndRun() {
    Asked<Integer> asked = source.ask();
    workers.runAll();
    return asked;
  }
}
