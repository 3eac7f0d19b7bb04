package io.promlib.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;

/** The library's own JSON settings: exact numbers both ways, unknown properties ignored. */
public final class Json {
  private static final ObjectMapper MAPPER =
      // Bytes pass through, so they are UTF-8 and never guessed to be something else.
      JsonMapper.builder(
              JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION).build())
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final JsonParsers PARSERS = new JsonParsers(MAPPER.getFactory().copy());

  private Json() {}

  /** A mapper for a host that brings none. Shared: it must not be configured further. */
  public static ObjectMapper mapper() {
    return MAPPER;
  }

  /** The library's streaming parsers and generators. */
  public static JsonParsers parsers() {
    return PARSERS;
  }

  static void requireOneValue(byte[] json) {
    if (!Utf8.isValid(json, json.length)) {
      throw new IllegalArgumentException("payload is not JSON: not UTF-8");
    }
    try (JsonParser parser = PARSERS.parser(json)) {
      if (parser.nextToken() == null) {
        throw new IllegalArgumentException("payload is empty; it must be one JSON value");
      }
      parser.skipChildren();
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            "payload must be one JSON value, has more after the first");
      }
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("payload is not JSON: " + JsonInput.mistake(e), e);
    } catch (IOException e) {
      throw new IllegalArgumentException("payload is not JSON: not UTF-8", e);
    }
  }

  /**
   * Reads one value as a tree in which every number keeps its value: Jackson's own reader makes 0.0
   * of -0.0 when it keeps decimals exactly.
   *
   * @throws PayloadException if a number is JSON and beyond {@link BigDecimal}
   */
  static JsonNode parse(byte[] json) {
    try (JsonParser parser = PARSERS.parser(json)) {
      parser.nextToken();
      return value(parser);
    } catch (IOException e) {
      throw new PayloadException("payload is not JSON", e);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new PayloadException(
          "payload holds a number whose exponent has too many digits; send one of at most nine", e);
    }
  }

  private static JsonNode value(JsonParser parser) throws IOException {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        ObjectNode object = nodes.objectNode();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
          parser.nextToken();
          object.set(name, value(parser));
        }
        yield object;
      }
      case START_ARRAY -> {
        ArrayNode array = nodes.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case VALUE_STRING -> nodes.textNode(parser.getText());
      case VALUE_NUMBER_INT ->
          switch (parser.getNumberType()) {
            case INT -> nodes.numberNode(parser.getIntValue());
            case LONG -> nodes.numberNode(parser.getLongValue());
            default -> nodes.numberNode(parser.getBigIntegerValue());
          };
      case VALUE_NUMBER_FLOAT -> {
        BigDecimal exact = parser.getDecimalValue();
        boolean negativeZero = exact.signum() == 0 && parser.getText().charAt(0) == '-';
        yield negativeZero ? nodes.numberNode(-0.0d) : nodes.numberNode(exact);
      }
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      default -> throw new IOException("unexpected " + token);
    };
  }
}
