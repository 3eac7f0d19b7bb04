package io.promlib.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PayloadExactnessTest {
  private final Codec codec = new Codec();

  static Stream<String> spellings() {
    return Stream.of(
        "0",
        "-0",
        "-0.0",
        "1e400",
        "1E-400",
        "1.0",
        "1.10",
        "123456789012345678901234567890",
        "-9223372036854775809",
        "3.14159265358979323846264338327950288419716939937510",
        "true",
        "false",
        "\"\"",
        "\"plain\"",
        "\"\\u0041\\n\\/\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\\udfff\\ud800\"",
        "\"\u0080\u07ff\u0800\uffff\ud800\udc00\udbff\udfff\"",
        "[]",
        "{}",
        "[ 1 , 2\t,\n3 ]",
        "{ \"a.b\" : 1, \"$x\": 2, \"\": null }",
        "[null,[null],{\"n\":null}]",
        "\"" + "x".repeat(20_000) + "\"");
  }

  @ParameterizedTest
  @MethodSource("spellings")
  void aPayloadKeepsItsSpellingFromAPublishToAnEvent(String json) {
    assertKept(json);
  }

  @Test
  void everyCharacterKeepsItsSpelling() {
    StringBuilder all = new StringBuilder("\"");
    for (int c = 0x20; c <= Character.MAX_CODE_POINT; c += c < 0x3000 ? 1 : 97) {
      if (c != '"' && c != '\\' && (c < 0xd800 || c > 0xdfff)) {
        all.appendCodePoint(c);
      }
    }
    for (int c = 0; c <= 0xffff; c += 31) {
      all.append(String.format("\\u%04x", c));
    }
    assertKept(all.append('"').toString());
  }

  @Test
  void valuesMadeAtRandomKeepTheirSpelling() {
    long seed = 5_318L;
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      assertKept(value(random, 0));
    }
  }

  @Test
  void anExplicitNullIsTheTombstone() {
    ClientFrame.Publish read =
        (ClientFrame.Publish)
            codec.readClient("{\"op\":\"PUBLISH\",\"topic\":\"t\",\"payload\":  null  }");

    assertThat(read.payload()).isSameAs(Payload.NULL);
  }

  @Test
  void halfASurrogatePairInAHeaderSurvives() {
    PublishOptions options =
        PublishOptions.none()
            .headers(Map.of("a", "\ud83d\ude00 \ud83d"))
            .tags(List.of("\"\\\u0000\u2028"));

    ClientFrame sent = new ClientFrame.Publish("t", Payload.of(1), options, "\udfff");

    GoldenFrames.assertSame(codec.readClient(codec.write(sent)), sent);
  }

  @Test
  void aNameWithHalfASurrogatePairIsRefused() {
    String frame = "{\"op\":\"PUBLISH\",\"topic\":\"t\",\"payload\":{\"\\ud800\":1}}";

    assertThatThrownBy(() -> codec.readClient(frame))
        .isInstanceOf(FrameException.class)
        .hasMessageContaining("line 1, column 47");
  }

  @Test
  void anEventThatAJavaPublisherNestedDeeplyIsReadByAClient() {
    String deep = "[".repeat(1000) + "]".repeat(1000);
    Payload payload = Payload.json(deep);

    assertThat(text(throughAnEvent(payload))).isEqualTo(deep);
  }

  @Test
  void aNumberLongerThanAClientMaySendIsReadByAClient() {
    String digits = "7".repeat(5000);

    Payload payload = Payload.checkedJson(digits.getBytes(StandardCharsets.UTF_8));

    assertThat(text(throughAnEvent(payload))).isEqualTo(digits);
  }

  private void assertKept(String json) {
    String frame = "{\"op\":\"PUBLISH\",\"payload\": " + json + " ,\"topic\":\"t\"}";

    ClientFrame.Publish read = (ClientFrame.Publish) codec.readClient(frame);
    assertThat(text(read.payload())).isEqualTo(json);

    ClientFrame.Publish again = (ClientFrame.Publish) codec.readClient(codec.write(read));
    assertThat(text(again.payload())).isEqualTo(json);
    assertThat(text(throughAnEvent(again.payload()))).isEqualTo(json);
  }

  private Payload throughAnEvent(Payload payload) {
    EventRecord event = new EventRecord("a", 1, 2, 2, "t", payload, EventMeta.NONE);
    ServerFrame sent =
        new ServerFrame.Event("t", "g", event, ServerFrame.Context.leased(1, 5, "L"));
    ServerFrame.Event got = (ServerFrame.Event) codec.readServer(codec.write(sent));
    assertThat(got.ctx()).isEqualTo(ServerFrame.Context.leased(1, 5, "L"));
    return got.event().payload();
  }

  private static String text(Payload payload) {
    return new String(payload.bytes(), StandardCharsets.UTF_8);
  }

  private static String value(Random random, int depth) {
    return switch (random.nextInt(depth > 4 ? 4 : 6)) {
      case 0 -> Long.toString(random.nextLong());
      case 1 -> random.nextBoolean() ? "true" : "null";
      case 2 -> random.nextInt(100) + "." + random.nextInt(1000) + "e-" + random.nextInt(99);
      case 3 -> "\"" + "\\u00e9é😀\\\\".repeat(random.nextInt(9)) + "\"";
      case 4 -> "[" + space(random) + value(random, depth + 1) + "," + value(random, 9) + "]";
      default -> "{\"a\":" + space(random) + value(random, depth + 1) + space(random) + "}";
    };
  }

  private static String space(Random random) {
    return " \t\r\n".repeat(random.nextInt(2));
  }
}
