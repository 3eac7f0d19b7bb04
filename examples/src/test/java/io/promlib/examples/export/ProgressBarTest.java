package io.promlib.examples.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.ManualClock;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ManualClock clock = new ManualClock();
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private ProgressBar bar(boolean terminal) {
    ProgressBar bar =
        new ProgressBar(new PrintStream(printed, true, StandardCharsets.UTF_8), terminal, clock);
    bar.begin(101, 200);
    return bar;
  }

  private String said() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalIsDrawnOnFiveTimesASecondAtMost() {
    ProgressBar bar = bar(true);
    for (int i = 1; i <= 50; i++) {
      clock.advance(Duration.ofMillis(20));
      bar.show(100 + i, i, i * 40_000L);
    }
    assertThat(said().chars().filter(c -> c == '\r').count()).isEqualTo(5);
    assertThat(said())
        .endsWith("\r[===============               ]  50 %  50 events  2.0 MB  2.0 MB/s ");
    bar.end();
    assertThat(said()).endsWith(System.lineSeparator());
  }

  @Test
  void whereThereIsNoTerminalNothingIsDrawn() {
    ProgressBar bar = bar(false);
    clock.advance(Duration.ofSeconds(1));
    bar.show(150, 50, 1000);
    bar.end();
    assertThat(said()).isEmpty();
  }

  @Test
  void nothingToDoIsDone() {
    ProgressBar bar = bar(true);
    bar.begin(7, 6);
    bar.end();
    assertThat(said()).contains("100 %  0 events");
  }
}
