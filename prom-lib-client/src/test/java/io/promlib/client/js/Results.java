package io.promlib.client.js;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.DynamicTest;

/** What {@code run.mjs} reports of a scenario, as a test. */
final class Results {
  private Results() {}

  static DynamicTest test(JsonNode result) {
    String name = result.path("scenario").asText();
    String failure = result.path("failure").asText("");
    return DynamicTest.dynamicTest(name, () -> assertThat(failure).as(name).isEmpty());
  }
}
