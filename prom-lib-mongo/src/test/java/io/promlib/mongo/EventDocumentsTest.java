package io.promlib.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.PromException;
import io.promlib.bus.EventTooLargeException;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import io.promlib.testkit.fuzz.Odd;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.RawBsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventDocumentsTest {
  private static final String TOPIC = "orders.placed";

  /* What people can query. */

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "7",
        "-7",
        "\"\"",
        "\"a\\u0000b \\ud83d\\ude00 \\u2028\"",
        "[]",
        "{}",
        "[1,null,\"x\",[],{\"a\":[{}]}]",
        "2147483647",
        "2147483648",
        "-9223372036854775808",
        "9223372036854775807",
        "0.0",
        "1.5",
        "-0.1",
        "100.0",
        "19.90",
        "0.30000000000000004",
        "3.141592653589793",
        "123456789.123456789012345678901234",
        "1E+3",
        "-1E-400",
        "123456789012345.6",
        "{\"b\":1,\"a\":2,\"c\":{\"b\":null}}",
        "{\"_id\":1,\"a$b\":2,\"käse\":3,\" \":4}"
      })
  void whatBsonCanHoldIsBsonAndComesBackExactly(String json) {
    assertThat(document(json).containsKey("payload_json")).as(json).isFalse();
    assertThat(roundTrip(json)).isEqualTo(tokens(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-0",
        "-0.0",
        "[-0.00]",
        "1e400",
        "1e999999999",
        "1e5",
        "1.0e0",
        "9223372036854775808",
        "-9223372036854775809",
        "123456789012345678901234567890",
        "1.1234567890123456789012345678901234567890",
        "{\"a.b\":1}",
        "{\"$a\":1}",
        "{\"\":1}",
        "{\"a\\u0000\":1}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":[{\"x\":1,\"y\":2,\"x\":3}]}",
        "\"\\ud800\"",
        "[\"a\\ud83d\"]"
      })
  void whatBsonCannotHoldIsTextAndComesBackExactly(String json) {
    BsonDocument document = document(json);

    assertThat(document.getBoolean("payload_json").getValue()).as(json).isTrue();
    assertThat(document.getString("payload").getValue()).isEqualTo(json);
    assertThat(roundTrip(json)).isEqualTo(tokens(json));
  }

  @Test
  void nestingDeeperThanSixtyIsText() {
    String sixty = "{\"somewhat long\":".repeat(60) + "1" + "}".repeat(60);
    String more = "[" + sixty + "]";

    assertThat(document(sixty).containsKey("payload_json")).isFalse();
    assertThat(document(more).containsKey("payload_json")).isTrue();
    assertThat(roundTrip(sixty)).isEqualTo(tokens(sixty));
    assertThat(roundTrip(more)).isEqualTo(tokens(more));
  }

  @Test
  void whatWouldBeMoreThanFourTimesAsLongIsText() {
    String manySmall = "[" + "1,".repeat(5000) + "1]";
    String fewLarge = "[" + "\"0123456789\",".repeat(5000) + "1]";

    assertThat(document(manySmall).containsKey("payload_json")).isTrue();
    assertThat(document(fewLarge).containsKey("payload_json")).isFalse();
    assertThat(roundTrip(manySmall)).isEqualTo(tokens(manySmall));
    assertThat(roundTrip(fewLarge)).isEqualTo(tokens(fewLarge));
  }

  @Test
  void theFieldsAreThoseOfTheProtocol() {
    EventMeta meta =
        new EventMeta("k", Map.of("h", "1"), List.of("t"), List.of("cause"), "session");
    BsonDocument document = stored(new Draft("x", true, 42, Payload.json("{\"a\":1}"), meta), 7);

    assertThat(document.keySet())
        .containsExactlyInAnyOrder(
            "_id",
            "id",
            "topic",
            "seq",
            "ts",
            "at",
            "ts_max",
            "bytes",
            "key",
            "sid",
            "headers",
            "tags",
            "caused_by",
            "payload");
    assertThat(document.getString("_id").getValue()).isEqualTo("orders.placed::x");
    assertThat(document.getInt64("seq").getValue()).isEqualTo(1);
    assertThat(document.getInt64("at").getValue()).isEqualTo(7);
    assertThat(document.getInt64("ts_max").getValue()).isEqualTo(42);
    assertThat(document.getDocument("payload").getInt32("a").getValue()).isEqualTo(1);
  }

  /* Beside the payload. */

  @Test
  void headersWithAwkwardNamesAreAnArrayAndComeBack() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("a.b", "1");
    headers.put("$c", "2");
    headers.put("", "3");
    headers.put("x\0y", "4");

    assertThat(metaThere(new EventMeta(null, headers, List.of(), List.of(), null)).headers())
        .isEqualTo(headers);
    BsonDocument document =
        stored(
            new Draft(
                "x",
                true,
                0,
                Payload.NULL,
                new EventMeta(null, headers, List.of(), List.of(), null)),
            0);
    assertThat(document.get("headers").getBsonType()).isEqualTo(BsonType.ARRAY);
  }

  @Test
  void metaOfAnyCharactersComesBack() {
    Random random = new Random(Fuzz.seed());
    for (int round = 0; round < Fuzz.rounds(2000); round++) {
      Map<String, String> headers = new LinkedHashMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        String name = Odd.string(random);
        if (io.promlib.event.Utf8.hasWholePairs(name)) {
          headers.put(name, Odd.string(random));
        }
      }
      EventMeta meta =
          new EventMeta(
              null,
              headers,
              List.of(Odd.string(random), Odd.string(random)),
              List.of(),
              random.nextBoolean() ? null : Odd.string(random));

      assertThat(metaThere(meta)).as("seed %s, round %s", Fuzz.seed(), round).isEqualTo(meta);
    }
  }

  private static EventMeta metaThere(EventMeta meta) {
    Draft draft = new Draft("x", true, 0, Payload.NULL, meta);
    return EventDocuments.decode(stored(draft, 0)).record().meta();
  }

  /* Sizes and strangers. */

  @Test
  void anEventThatTheServerWouldNotTakeIsRefusedWithItsIdAndSize() {
    String large = "\"" + "x".repeat(EventDocuments.MAX_SIZE) + "\"";

    assertThatThrownBy(() -> document(large))
        .isInstanceOf(EventTooLargeException.class)
        .hasMessageContaining("event x")
        .hasMessageContaining("at most " + EventDocuments.MAX_SIZE);
  }

  @Test
  void whatIsRefusedIsBelowTheServersOwnLimit() {
    String fits = "\"" + "x".repeat(EventDocuments.MAX_SIZE - 1000) + "\"";

    assertThat(EventDocuments.encode(TOPIC, draft(fits)).size())
        .isBetween(EventDocuments.MAX_SIZE - 1000, 16 << 20);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity"})
  void aNumberThatJsonDoesNotHaveIsToldByItsId(String number) {
    BsonDocument strange =
        new BsonDocument("id", new BsonString("mine"))
            .append("topic", new BsonString("t"))
            .append(
                "payload", new org.bson.BsonDecimal128(org.bson.types.Decimal128.parse(number)));
    RawBsonDocument raw = new RawBsonDocument(strange, new org.bson.codecs.BsonDocumentCodec());

    assertThatThrownBy(() -> EventDocuments.decode(raw))
        .isInstanceOf(PromException.class)
        .hasMessageContainingAll("event mine of topic t", "JSON has no " + number);
  }

  @Test
  void aDocumentThatNoBusWroteIsToldByItsId() {
    BsonDocument strange =
        new BsonDocument("id", new BsonString("mine"))
            .append("topic", new BsonString("t"))
            .append("seq", new BsonInt64(1))
            .append("payload", new org.bson.BsonObjectId());
    RawBsonDocument raw = new RawBsonDocument(strange, new org.bson.codecs.BsonDocumentCodec());

    assertThatThrownBy(() -> EventDocuments.decode(raw))
        .isInstanceOf(PromException.class)
        .hasMessageContaining("event mine of topic t was not written by a bus");
  }

  /* Any JSON. */

  @Test
  void anyJsonComesBackAsItWas() {
    List<byte[]> examples =
        List.of(
            bytes("{\"id\":1,\"name\":\"a\",\"tags\":[\"x\",\"y\"],\"price\":19.90,\"ok\":true}"),
            bytes("{\"a\":{\"b\":{\"c\":[1,2.5,null,{\"d\":\"e\"}]}}}"),
            bytes("[1,-2,3000000000,0.25,\"\\u00e9\",\"\\ud83d\\ude00\"]"));
    Fuzz.run(
        EventDocumentsTest.class,
        "json-bson",
        4000,
        JsonInputs.from(examples),
        json -> {
          Payload payload;
          try {
            payload = Payload.json(json);
          } catch (IllegalArgumentException noJson) {
            return false;
          }
          RawBsonDocument document = stored(new Draft("x", true, 0, payload, EventMeta.NONE), 0);
          byte[] back = EventDocuments.decode(document).record().payload().bytes();
          assertThat(JsonTokens.of(back)).isEqualTo(JsonTokens.of(json));
          return !document.containsKey("payload_json");
        });
  }

  @Test
  void decimalsComeBackAsTheyWereSpelled() {
    Random random = new Random(Fuzz.seed());
    int doubles = 0;
    for (int round = 0; round < Fuzz.rounds(20_000); round++) {
      String text = decimal(random);
      EventRecord back = EventDocuments.decode(stored(draft(text), 0)).record();
      assertThat(new String(back.payload().bytes(), StandardCharsets.UTF_8))
          .as("seed %s, round %s", Fuzz.seed(), round)
          .isEqualTo(text);
      doubles += Decimals.isDouble(text) ? 1 : 0;
    }
    assertThat(doubles).isPositive();
  }

  private static String decimal(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> Double.toString(random.nextDouble());
      case 1 ->
          Double.toString(Double.longBitsToDouble(random.nextLong()))
              .replaceAll("NaN|-?Infinity", "0.5");
      case 2 -> Double.toString((random.nextInt() - 5) / 100.0);
      case 3 -> Math.abs(random.nextLong() / 1000) + "." + random.nextInt(1000);
      default -> random.nextInt(1000) + ".0" + random.nextInt(100) + "0".repeat(random.nextInt(3));
    };
  }

  private static List<String> roundTrip(String json) {
    return JsonTokens.of(EventDocuments.decode(stored(draft(json), 0)).record().payload().bytes());
  }

  private static List<String> tokens(String json) {
    return JsonTokens.of(bytes(json));
  }

  private static BsonDocument document(String json) {
    return stored(draft(json), 0);
  }

  private static Draft draft(String json) {
    return new Draft("x", true, 0, Payload.json(json), EventMeta.NONE);
  }

  private static RawBsonDocument stored(Draft draft, long now) {
    EncodedEvent event = EventDocuments.encode(TOPIC, draft);
    event.placeBehind(Tail.NONE, now);
    return event.document();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
