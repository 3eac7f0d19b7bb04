package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "event-gateway",
        "event-hub",
        "token",
        "watch",
        "export",
        "embedded",
        "bench"
      })
  void everyProgramSaysWhatItTakes(String program) throws Exception {
    assertThat(run(Map.of(), program, "--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).startsWith(program);
  }

  @Test
  void helpListsThePrograms() throws Exception {
    assertThat(run(Map.of(), "--help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "demo", "event-gateway", "event-hub", "token", "watch", "export", "embedded", "bench");
  }

  @Test
  void nothingIsAnsweredLikeAnUnknownProgram() throws Exception {
    assertThat(run(Map.of())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("event-gateway");
  }

  @Test
  void anUnknownProgramIsNamedBesideTheValidOnes() throws Exception {
    assertThat(run(Map.of(), "gateway")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("unknown program 'gateway'")
        .contains("event-gateway");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"demo", "event-gateway", "event-hub", "token", "watch", "export", "embedded"})
  void anUnknownOptionIsNamed(String program) throws Exception {
    assertThat(run(Map.of("WS_TOKEN", "t"), program, "--colour")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("unknown argument '--colour'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"event-gateway", "event-hub", "watch"})
  void aMissingSecretIsNamed(String program) throws Exception {
    assertThat(run(Map.of("WS_TOKEN", ""), program)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("WS_TOKEN is not set");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:8090/", "ws:", "not an address", "ws://"})
  void anAddressThatIsNoGatewaysIsNamed(String url) throws Exception {
    assertThat(run(Map.of("WS_TOKEN", "t", "WS_URL", url), "watch")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("must be a ws: or wss: address", url);
  }

  @Test
  void theBenchmarkSaysWhatItMeasures() throws Exception {
    assertThat(run(Map.of(), "bench", "gateway")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("bench measures: bus");
  }

  @Test
  void theBenchmarkOnMongoUsesNoServerThatItIsNotGiven() throws Exception {
    assertThat(run(Map.of("MONGO_URL", ""), "bench", "mongo")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("needs a server", "MONGO_URL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://me:a-password@127.0.0.1/", "127.0.0.1:27017"})
  void theBenchmarkRefusesWhatIsNoMongo(String url) throws Exception {
    assertThat(run(Map.of(), "bench", "mongo", "--url", url)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("must begin with mongodb://")
        .doesNotContain("a-password");
  }

  @Test
  void theBenchmarkNamesAContenderThatItDoesNotKnow() throws Exception {
    assertThat(run(Map.of(), "bench", "bus", "--case", "bus,kafka")).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("--case must be of bus, queue, guava, disruptor, is 'kafka'");
  }

  @Test
  void theEmbeddedServiceRunsAndEnds() throws Exception {
    assertThat(run(Map.of(), "embedded")).isZero();
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    for (String order : List.of("A-1", "B-2")) {
      assertThat(lines)
          .filteredOn(line -> line.startsWith(order))
          .containsExactly(
              order + ": reserve, attempt 1",
              order + ": pack, attempt 2",
              order + ": ship, attempt 1");
    }
  }

  private int run(Map<String, String> environment, String... line) throws Exception {
    return Main.run(List.of(line), environment, stream(out), stream(err));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }
}
