package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.promlib.testkit.fuzz.Bytes;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.Odd;
import io.promlib.testkit.fuzz.Utf8Text;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class Utf8Test {

  @Test
  void everySequenceOfUpToThreeBytesIsJudgedAsTheJdkJudgesIt() {
    for (int value = 0x80_0000; value < 0x100_0000; value += value < 0xe0_0000 ? 10007 : 211) {
      byte[] bytes = {(byte) (value >> 16), (byte) (value >> 8), (byte) value};
      for (int length = 1; length <= 3; length++) {
        assertThat(Utf8.isValid(bytes, length))
            .as("%06x, %d", value, length)
            .isEqualTo(Utf8Text.isValid(Arrays.copyOf(bytes, length)));
      }
    }
  }

  @Test
  void anyBytesAreJudgedAsTheJdkJudgesThem() {
    List<byte[]> others = List.of("é\u20ac\ud83d\ude00 text".getBytes(StandardCharsets.UTF_8));
    Fuzz.run(
        getClass(),
        "utf-8",
        20_000,
        random ->
            Bytes.mutate(
                (Odd.string(random) + "é\u20ac\ud83d\ude00").getBytes(StandardCharsets.UTF_8),
                others,
                random),
        input -> {
          boolean valid = Utf8.isValid(input, input.length);
          assertThat(valid).isEqualTo(Utf8Text.isValid(input));
          return valid;
        });
  }

  @Test
  void halfAPairIsToldFromAWholeOne() {
    assertThat(Utf8.hasWholePairs("a\ud83d\ude00é")).isTrue();
    assertThat(Utf8.hasWholePairs("a\ud83d")).isFalse();
    assertThat(Utf8.hasWholePairs("\ude00")).isFalse();
    assertThat(Utf8.hasWholePairs("\ud83d\ud83d\ude00")).isFalse();
  }

  @Test
  void textsAreComparedByTheirBytes() {
    List<String> texts =
        List.of(
            "",
            "a",
            "ab",
            "b",
            "\u00e9",
            "\ud7ff",
            "\ue000",
            "\uffee",
            "\ud83d\ude00",
            "\ud83d\ude01");
    for (String one : texts) {
      for (String other : texts) {
        int bytes =
            Arrays.compareUnsigned(
                one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
        assertThat(Integer.signum(Utf8.compare(one, other)))
            .as(one + " and " + other)
            .isEqualTo(Integer.signum(bytes));
      }
    }
  }
}
