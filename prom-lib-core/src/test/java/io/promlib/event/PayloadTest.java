package io.promlib.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadTest {
  @Test
  void halfASurrogatePairInATextIsRefusedRatherThanReplaced() {
    assertThatThrownBy(() -> Payload.json("\"\ud83d\""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("escape it");
    assertThat(Payload.json("\"\\ud83d\"").tree().textValue()).isEqualTo("\ud83d");
  }

  /** Counts how often it is encoded. */
  static final class Counted {
    private final AtomicInteger times = new AtomicInteger();

    public int getTimes() {
      return times.incrementAndGet();
    }
  }

  /** Refers to itself. */
  static final class Loop {
    public Loop getLoop() {
      return this;
    }
  }

  record Point(int x, int y) {}

  @Test
  void anObjectIsEncodedOnceAtMost() {
    Counted object = new Counted();
    Payload payload = Payload.of(object);

    assertThat(payload.encodedLength()).isEqualTo(-1);
    assertThat(object.times).hasValue(0);
    byte[] first = payload.bytes();
    assertThat(payload.bytes()).isSameAs(first).asString().isEqualTo("{\"times\":1}");
    assertThat(payload.tree().get("times").intValue()).isEqualTo(1);
    assertThat(payload.encodedLength()).isEqualTo(first.length);
    assertThat(object.times).hasValue(1);
  }

  @Test
  void aReaderOfThePublishersTypeGetsTheVeryObject() {
    Counted object = new Counted();
    Payload payload = Payload.of(object);

    assertThat(payload.as(Counted.class, Json.mapper())).isSameAs(object);
    assertThat(payload.as(Object.class, Json.mapper())).isSameAs(object);
    assertThat(payload.object()).isSameAs(object);
    assertThat(object.times).hasValue(0);
  }

  @Test
  void aReaderOfAnotherTypeGetsItFromTheJson() {
    Payload payload = Payload.json("{\"x\":1,\"y\":2,\"later\":3}");

    assertThat(payload.as(Point.class, Json.mapper())).isEqualTo(new Point(1, 2));
    assertThat(payload.as(JsonNode.class, Json.mapper())).isSameAs(payload.tree());
    assertThat(payload.object()).isNull();
  }

  @Test
  void jsonBytesAreKeptAsTheyAre() {
    byte[] spelled = " [1.0 , \"\\u0041\"] ".getBytes(StandardCharsets.UTF_8);

    assertThat(Payload.json(spelled).bytes()).isSameAs(spelled);
  }

  @Test
  void theTreeHoldsEveryNumberExactly() {
    JsonNode tree =
        Payload.json("[-0.0,1e400,123456789012345678901234567890,0.10,1.00000000000000000001]")
            .tree();

    assertThat(Double.doubleToRawLongBits(tree.get(0).doubleValue()))
        .isEqualTo(Double.doubleToRawLongBits(-0.0));
    assertThat(tree.get(1).decimalValue()).isEqualTo(new BigDecimal("1e400"));
    assertThat(tree.get(2).bigIntegerValue())
        .isEqualTo(new BigInteger("123456789012345678901234567890"));
    assertThat(tree.get(3).decimalValue()).isEqualTo(new BigDecimal("0.10"));
    assertThat(tree.get(4).decimalValue()).isEqualTo(new BigDecimal("1.00000000000000000001"));
  }

  @Test
  void theTreeHoldsEveryNameAndNull() {
    JsonNode tree = Payload.json("{\"a.b\":null,\"$x\":\"\\ud83d\\ude00\",\"\":{}}").tree();

    assertThat(tree.get("a.b").isNull()).isTrue();
    assertThat(tree.get("$x").textValue()).isEqualTo("😀");
    assertThat(tree.get("").isEmpty()).isTrue();
  }

  @Test
  void nullOfEveryFormIsTheTombstone() {
    assertThat(Payload.of(null)).isSameAs(Payload.NULL);
    assertThat(Payload.of(NullNode.getInstance())).isSameAs(Payload.NULL);
    assertThat(Payload.json("null").isNull()).isTrue();
    assertThat(Payload.NULL.bytes()).asString().isEqualTo("null");
    assertThat(Payload.NULL.as(Point.class, Json.mapper())).isNull();
    assertThat(Payload.NULL.tree().isNull()).isTrue();
    assertThat(Payload.json("\"null\"").isNull()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "{", "[1,]", "1 2", "{} []", "nul", "NaN", "'a'"})
  void whatIsNotOneJsonValueIsRefused(String text) {
    assertThatThrownBy(() -> Payload.json(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("payload ");
  }

  @Test
  void anObjectThatCannotBeWrittenIsNamedByItsType() {
    assertThatThrownBy(() -> Payload.of(new Loop()).bytes())
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("Loop cannot be written as JSON");
  }

  @Test
  void jsonThatDoesNotFitTheTypeIsNamedByTheType() {
    assertThatThrownBy(() -> Payload.json("[]").as(Point.class, Json.mapper()))
        .isInstanceOf(PayloadException.class)
        .hasMessageContaining("cannot be read as")
        .hasMessageContaining("Point");
  }

  @Test
  void aTopicOfAGenericTypeReadsItsPayloadAsThat() {
    Topic<List<Point>> topic = Topic.of("points", new TypeReference<>() {});

    assertThat(Payload.json("[{\"x\":1,\"y\":2}]").as(topic.type(), Json.mapper()))
        .isEqualTo(List.of(new Point(1, 2)));
  }

  @Test
  void aTopicChecksItsName() {
    assertThat(Topic.of("a.b", Point.class).type()).isEqualTo(Point.class);
    assertThat(Topic.raw("a").type()).isEqualTo(JsonNode.class);
    assertThatThrownBy(() -> Topic.raw("a..b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty segment");
  }
}
