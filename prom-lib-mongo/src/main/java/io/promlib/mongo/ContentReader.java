package io.promlib.mongo;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonReader;
import org.bson.BsonType;
import org.jspecify.annotations.Nullable;

/** Collects the fields of one document that {@link Contents} wrote. */
final class ContentReader {
  private boolean payloadIsText;
  private @Nullable String text;
  private Payload payload = Payload.NULL;
  private @Nullable String key;
  private @Nullable String sid;
  private Map<String, String> headers = Map.of();
  private List<String> tags = List.of();
  private List<String> causedBy = List.of();

  /** Takes the field whose value is due, if it is one of these; passes it over if not. */
  void field(String name, BsonReader reader) {
    switch (name) {
      case "payload_json" -> payloadIsText = reader.readBoolean();
      case "payload" -> {
        if (reader.getCurrentBsonType() == BsonType.STRING) {
          text = reader.readString();
        } else {
          payload = Payload.checkedJson(BsonToJson.read(reader));
        }
      }
      case "key" -> key = reader.readString();
      case "sid" -> sid = Texts.read(reader);
      case "headers" -> headers = headers(reader);
      case "tags" -> tags = strings(reader);
      case "caused_by" -> causedBy = strings(reader);
      default -> reader.skipValue();
    }
  }

  /** What was read; {@link Payload#NULL} if there was none. */
  Payload payload() {
    if (text == null) {
      return payload;
    }
    return Payload.checkedJson(
        payloadIsText ? text.getBytes(StandardCharsets.UTF_8) : BsonToJson.quoted(text));
  }

  EventMeta meta() {
    boolean bare =
        key == null && sid == null && headers.isEmpty() && tags.isEmpty() && causedBy.isEmpty();
    return bare ? EventMeta.NONE : new EventMeta(key, headers, tags, causedBy, sid);
  }

  /* Another tool may have narrowed a number when it copied the collection. */
  static long number(BsonReader reader) {
    return reader.getCurrentBsonType() == BsonType.INT32 ? reader.readInt32() : reader.readInt64();
  }

  private static List<String> strings(BsonReader reader) {
    List<String> all = new ArrayList<>();
    reader.readStartArray();
    while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
      all.add(Texts.read(reader));
    }
    reader.readEndArray();
    return all;
  }

  private static Map<String, String> headers(BsonReader reader) {
    Map<String, String> all = new LinkedHashMap<>();
    if (reader.getCurrentBsonType() == BsonType.DOCUMENT) {
      reader.readStartDocument();
      while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
        all.put(reader.readName(), Texts.read(reader));
      }
      reader.readEndDocument();
      return all;
    }
    reader.readStartArray();
    while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
      reader.readStartDocument();
      String name = reader.readString("k");
      reader.readName("v");
      all.put(name, Texts.read(reader));
      reader.readEndDocument();
    }
    reader.readEndArray();
    return all;
  }
}
