package io.promlib.mongo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import io.promlib.event.Json;
import io.promlib.event.Utf8;
import java.io.IOException;
import org.bson.BsonBinaryWriter;
import org.bson.io.BsonOutput;
import org.bson.types.Decimal128;

/** Writes one JSON value as BSON, in one pass, if {@link BsonToJson} gives the same value back. */
final class JsonToBson {
  /*
   * Integers print in one way only, "-0" apart. Decimals: see Decimals. Names that the server gives a meaning to, or BSON
   * cannot hold, are refused, as are halves of surrogate pairs, which JSON can spell by an escape and UTF-8 cannot.
   */
  static final int DEEPEST = 60;

  private static final int TIMES_AS_LONG = 4;
  private static final int SHORT = 64;

  private final JsonParser parser;
  private final BsonBinaryWriter writer;
  private final BsonOutput output;
  private final int limit;

  private JsonToBson(JsonParser parser, BsonBinaryWriter writer, int limit) {
    this.parser = parser;
    this.writer = writer;
    this.output = writer.getBsonOutput();
    this.limit = limit;
  }

  /**
   * Writes it as the value that is due, or writes a part of it and returns false, which the caller
   * takes back.
   */
  static boolean write(byte[] json, BsonBinaryWriter writer) {
    try (JsonParser parser = Json.parsers().parser(json)) {
      parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
      parser.nextToken();
      int begin = writer.getBsonOutput().getPosition();
      long most = Math.max(SHORT, (long) json.length * TIMES_AS_LONG);
      // What is too large as BSON may fit as text.
      int limit = (int) Math.min(begin + most, EventDocuments.MAX_SIZE);
      return new JsonToBson(parser, writer, limit).value(0);
    } catch (IOException e) {
      // A repeated name, or a number that the parser finds too long.
      return false;
    }
  }

  private boolean value(int depth) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> depth < DEEPEST && object(depth);
      case START_ARRAY -> depth < DEEPEST && array(depth);
      case VALUE_STRING -> string(parser.getText());
      case VALUE_NUMBER_INT -> integer();
      case VALUE_NUMBER_FLOAT -> decimal(parser.getText());
      case VALUE_TRUE, VALUE_FALSE -> {
        writer.writeBoolean(token == JsonToken.VALUE_TRUE);
        yield true;
      }
      default -> {
        writer.writeNull();
        yield true;
      }
    };
  }

  private boolean object(int depth) throws IOException {
    writer.writeStartDocument();
    for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      if (!isPlain(name) || output.getPosition() > limit) {
        return false;
      }
      writer.writeName(name);
      parser.nextToken();
      if (!value(depth + 1)) {
        return false;
      }
    }
    writer.writeEndDocument();
    return output.getPosition() <= limit;
  }

  private boolean array(int depth) throws IOException {
    writer.writeStartArray();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (output.getPosition() > limit || !value(depth + 1)) {
        return false;
      }
    }
    writer.writeEndArray();
    return output.getPosition() <= limit;
  }

  private boolean string(String text) {
    if (!Utf8.hasWholePairs(text)) {
      return false;
    }
    writer.writeString(text);
    return true;
  }

  private boolean integer() throws IOException {
    if (parser.getNumberType() == NumberType.BIG_INTEGER) {
      return false;
    }
    long value = parser.getLongValue();
    if (value == 0 && parser.getText().charAt(0) == '-') {
      return false;
    }
    if (value == (int) value) {
      writer.writeInt32((int) value);
    } else {
      writer.writeInt64(value);
    }
    return true;
  }

  private boolean decimal(String text) {
    if (Decimals.isDouble(text)) {
      writer.writeDouble(Double.parseDouble(text));
      return true;
    }
    Decimal128 exact = Decimals.decimal128(text);
    if (exact == null) {
      return false;
    }
    writer.writeDecimal128(exact);
    return true;
  }

  /** Whether a field of a document may have this name. */
  static boolean isPlain(String name) {
    return !name.isEmpty()
        && name.charAt(0) != '$'
        && name.indexOf('.') < 0
        && name.indexOf('\0') < 0
        && Utf8.hasWholePairs(name);
  }
}
