package io.promlib.testkit.fuzz;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/** Values at and past the edge of what is usual. */
public final class Odd {
  private static final List<String> NUMBERS =
      words(
          "0 -0 -0.0 1 -1 1.5 1.0 1e0 1e400 -1E-400 1e999999999 -1e-999999999 2147483647"
              + " 2147483648 -2147483649 9007199254740993 9223372036854775807 9223372036854775808"
              + " -9223372036854775809 18446744073709551616 123456789012345678901234567890 0.1e18"
              + " 1e18 253402300800000 -62135596800001 1000 1001 3600001");
  private static final List<String> NO_NUMBERS =
      words("00 01 1. .5 +1 1e NaN Infinity -Infinity 0x10 -");
  private static final List<String> STRINGS =
      List.of(
          "",
          " ",
          ".",
          "a.b",
          "a..b",
          "*",
          "**",
          "a.**",
          "dlq.a",
          "a.snapshot",
          "null",
          "latest",
          "\u0000",
          "a\u0000b",
          "\n",
          "\r\n",
          "\t",
          "\u001b[31m",
          "\u007f",
          "\u0085",
          "\u00a0",
          "\u2028",
          "\ufeff",
          "\uffff",
          "é",
          "\ud83d\ude00",
          "\ud800",
          "\udfff",
          "a\ud83d",
          "\udc00\ud800",
          "\\",
          "\"",
          "\\u0041",
          "../../etc",
          "<script>",
          "%00",
          "%ff",
          "a b",
          "ß",
          "İ",
          "group");
  private static final int[] LENGTHS = {
    63, 64, 65, 100, 101, 128, 129, 180, 181, 193, 194, 256, 257, 1000, 5000
  };

  private Odd() {}

  private static List<String> words(String spaced) {
    return Pattern.compile(" ").splitAsStream(spaced).toList();
  }

  /** Spelled as JSON spells numbers, now and then wrongly. */
  public static String number(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> pick(NO_NUMBERS, random);
      case 1 -> "7".repeat(990 + random.nextInt(20));
      case 2 -> "0." + "3".repeat(990 + random.nextInt(20)) + "e-5";
      case 3 -> Long.toString(random.nextLong());
      default -> pick(NUMBERS, random);
    };
  }

  /** A text, not quoted. */
  public static String string(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> "x".repeat(LENGTHS[random.nextInt(LENGTHS.length)]);
      case 1 -> "a.".repeat(LENGTHS[random.nextInt(LENGTHS.length)] / 2) + "a";
      case 2 -> pick(STRINGS, random) + pick(STRINGS, random);
      case 3 -> characters(random);
      default -> pick(STRINGS, random);
    };
  }

  /** A few characters of any kind, halves of surrogate pairs among them. */
  private static String characters(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      text.append((char) (random.nextInt(3) == 0 ? random.nextInt(0x10000) : random.nextInt(128)));
    }
    return text.toString();
  }

  static <T> T pick(List<T> from, Random random) {
    return from.get(random.nextInt(from.size()));
  }
}
