package io.promlib.examples.bench.ws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.examples.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WsBenchTest {

  private static String run(String... line) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      new WsBench().run(List.of(line), Map.of(), out);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  @Timeout(600)
  void aSmallRunGivesItsFiguresAndBudgets() throws Exception {
    String printed =
        run(
            "--seconds",
            "1",
            "--warm-up",
            "1",
            "--runs",
            "1",
            "--idle",
            "20",
            "--case",
            "SINGLE,BARE_SINGLE,IDLE");

    assertThat(printed)
        .containsPattern("(?m)^events one by one +[0-9,]+ ")
        .containsPattern("events one by one / bare frames one by one +[0-9.]+ +>= 0.8")
        .containsPattern("20 idle connections, KiB of heap each +-?[0-9.]+ +< 40");
  }

  @Test
  void aCaseThatIsNotThereIsRefusedAndTheOthersAreNamed() {
    assertThatThrownBy(() -> run("--case", "FASTER"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("BARE_SINGLE");
  }
}
