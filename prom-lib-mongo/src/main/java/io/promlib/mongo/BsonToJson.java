package io.promlib.mongo;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.event.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.bson.BsonReader;
import org.bson.BsonType;

/** Writes a BSON value that {@link JsonToBson} wrote as the JSON it was made of. */
final class BsonToJson {
  private BsonToJson() {}

  /**
   * The reader's current value.
   *
   * @throws IllegalArgumentException if it is of a type that no bus writes
   */
  static byte[] read(BsonReader reader) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(256);
    try (JsonGenerator json = Json.parsers().generator(out)) {
      value(reader, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A text as a JSON string. */
  static byte[] quoted(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(text.length() + 16);
    try (JsonGenerator json = Json.parsers().generator(out)) {
      json.writeString(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  private static void value(BsonReader reader, JsonGenerator json) throws IOException {
    BsonType type = reader.getCurrentBsonType();
    switch (type) {
      case DOCUMENT -> {
        reader.readStartDocument();
        json.writeStartObject();
        while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
          json.writeFieldName(reader.readName());
          value(reader, json);
        }
        json.writeEndObject();
        reader.readEndDocument();
      }
      case ARRAY -> {
        reader.readStartArray();
        json.writeStartArray();
        while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
          value(reader, json);
        }
        json.writeEndArray();
        reader.readEndArray();
      }
      case STRING -> json.writeString(reader.readString());
      case INT32 -> json.writeNumber(reader.readInt32());
      case INT64 -> json.writeNumber(reader.readInt64());
      case DOUBLE -> json.writeNumber(Decimals.print(reader.readDouble()));
      case DECIMAL128 -> json.writeNumber(Decimals.print(reader.readDecimal128()));
      case BOOLEAN -> json.writeBoolean(reader.readBoolean());
      case NULL -> {
        reader.readNull();
        json.writeNull();
      }
      default -> throw new IllegalArgumentException("a payload holds a " + type);
    }
  }
}
