package io.promlib.examples.bench.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StateBenchTest {

  @Test
  @Timeout(600)
  void aSmallRunGivesEveryFigure() throws Exception {
    List<String> line =
        List.of(
            "--events", "5000", "--keys", "50", "--heap", "128", "--seconds", "1", "--runs", "1");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      new StateBench().run(line, Map.of(), out);
    }

    String printed = bytes.toString(StandardCharsets.UTF_8);
    for (StateCase one : StateCase.values()) {
      assertThat(printed).containsPattern("(?m)^" + one.label() + " +[0-9.]+ ");
    }
    assertThat(printed).containsPattern("from snapshots / folding the whole topic +[0-9.]+ +>= 20");
  }
}
