package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeSettingsTest {

  @Test
  void withoutVariablesTheDefaultsHold() {
    assertThat(of(Map.of()))
        .isEqualTo(
            new EdgeSettings(
                "127.0.0.1",
                8090,
                8081,
                8082,
                List.of(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                null));
  }

  @Test
  void everyVariableIsTaken() {
    assertThat(
            of(
                Map.of(
                    "BIND", "0.0.0.0",
                    "WS_PORT", "1",
                    "HTTP_PORT", "2",
                    "OPS_PORT", "5",
                    "WS_ORIGINS", "https://a.example, https://b.example,",
                    "PUBLISH_RATE", "3",
                    "TOPIC_RATE", "4")))
        .isEqualTo(
            new EdgeSettings(
                "0.0.0.0",
                1,
                2,
                5,
                List.of("https://a.example", "https://b.example"),
                OptionalInt.of(3),
                OptionalInt.of(4),
                null));
  }

  @Test
  void anEmptyVariableCountsAsUnset() {
    assertThat(of(Map.of("WS_PORT", "", "BIND", " ", "JWT_SECRET", ""))).isEqualTo(of(Map.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"WS_PORT", "HTTP_PORT", "OPS_PORT", "PUBLISH_RATE", "TOPIC_RATE"})
  void aBadNumberIsAnErrorThatNamesTheVariable(String name) {
    for (String wrong : List.of("many", "-1", "99999999999")) {
      assertThatThrownBy(() -> of(Map.of(name, wrong)))
          .isInstanceOf(UsageException.class)
          .hasMessageStartingWith(name + " must be a whole number from ")
          .hasMessageEndingWith(", is '" + wrong + "'");
    }
  }

  private static EdgeSettings of(Map<String, String> variables) {
    return EdgeSettings.of(new Environment(variables));
  }
}
