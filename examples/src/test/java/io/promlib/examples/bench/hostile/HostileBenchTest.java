package io.promlib.examples.bench.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.examples.UsageException;
import io.promlib.examples.bench.child.Figures;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class HostileBenchTest {

  @Test
  @Timeout(600)
  void aSmallRunOfAllKindsLosesNothing() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> line =
        List.of("--connections", "20", "--clients", "2", "--seconds", "1", "--rounds", "1");
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      new HostileBench().run(line, Map.of(), out);
    }

    String printed = bytes.toString(StandardCharsets.UTF_8);
    assertThat(printed).contains("heap bound: before the first attack");
    for (String what : List.of("events lost", "events repeated", "good connections lost")) {
      assertThat(printed).containsPattern(what + " +0\\.00 +<= 0  met");
    }
    assertThat(printed).containsPattern("heap after GC under attack, MiB .* met");
  }

  @Test
  void anUnknownKindIsRefusedByTheNamesOfAll() {
    assertThatThrownBy(() -> Plan.of(List.of("--kind", "kind")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("mixed, silent, half-open, flooding, slow-reading, huge")
        .hasMessageContaining("'kind'");
  }

  @Test
  void figuresGoFromOneProcessToAnotherAsALine() {
    Figures figures = Figures.ofLine("used=12 closes=1009:3,4401:1");

    assertThat(figures.number("used")).isEqualTo(12);
    assertThat(figures.text("closes")).isEqualTo("1009:3,4401:1");
  }

  @Test
  void aBudgetLetsThroughItsRateAndMakesGoodForWhatWasTooMuch() {
    Budget budget = new Budget(100, 0);
    budget.refill(100_000_000);
    budget.spend(15);
    assertThat(budget.isOpen()).isFalse();

    budget.refill(140_000_000);
    assertThat(budget.isOpen()).isFalse();

    budget.refill(200_000_000);
    assertThat(budget.isOpen()).isTrue();
  }
}
