package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import io.promlib.testkit.fuzz.Utf8Text;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PayloadFuzzTest {
  private static final List<byte[]> EXAMPLES =
      Stream.of(
              "{\"a.b\":1,\"$x\":[null,true,-0.0],\"\":{\"n\":1e400}}",
              "[1.10,\"\\ud83d\\ude00\",\"é\",{\"a\":{}},[]]",
              "\"text\"",
              "12345678901234567890.0")
          .map(json -> json.getBytes(StandardCharsets.UTF_8))
          .toList();

  private static final Pattern LONG_EXPONENT = Pattern.compile("[0-9][eE][-+]?[0-9]{9,}");

  @Test
  void bytesAreAPayloadAsTheyAreOrRefused() {
    Fuzz.run(
        getClass(),
        "payload",
        10_000,
        JsonInputs.from(EXAMPLES),
        input -> {
          Payload payload;
          try {
            payload = Payload.json(input);
          } catch (IllegalArgumentException refused) {
            assertThat(refused).hasMessageStartingWith("payload ");
            assertThat(String.valueOf(refused.getMessage())).hasSizeLessThan(500);
            return false;
          }
          assertThat(Utf8Text.isValid(input)).as("a payload is UTF-8").isTrue();
          try {
            assertThat(payload.tree().isNull()).isEqualTo(payload.isNull());
          } catch (PayloadException beyond) {
            assertThat(new String(input, StandardCharsets.UTF_8)).containsPattern(LONG_EXPONENT);
          }
          if (!payload.isNull()) {
            assertThat(payload.bytes()).isEqualTo(input);
          }
          return true;
        });
  }
}
