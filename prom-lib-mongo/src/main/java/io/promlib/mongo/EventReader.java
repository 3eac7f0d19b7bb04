package io.promlib.mongo;

import io.promlib.PromException;
import io.promlib.event.EventId;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.mongo.EventDocuments.StoredEvent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonBinaryReader;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonType;
import org.jspecify.annotations.Nullable;

/**
 * Reads one document of {@code events}, in one pass. Fields that it does not know are passed over.
 */
final class EventReader {
  private String id = "";
  private String topic = "";
  private long seq;
  private long ts;
  private long at;
  private long tsMax;
  private long bytes;
  private boolean gone;
  private boolean payloadIsText;
  private @Nullable String text;
  private Payload payload = Payload.NULL;
  private @Nullable String key;
  private @Nullable String sid;
  private Map<String, String> headers = Map.of();
  private List<String> tags = List.of();
  private List<String> causedBy = List.of();

  StoredEvent read(BsonBinaryReader reader) {
    try {
      reader.readStartDocument();
      while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
        field(reader.readName(), reader);
      }
      reader.readEndDocument();
      return made();
    } catch (IllegalArgumentException | BsonInvalidOperationException e) {
      throw new PromException(
          "event " + id + " of topic " + topic + " was not written by a bus: " + e.getMessage(), e);
    }
  }

  private void field(String name, BsonBinaryReader reader) {
    switch (name) {
      case "id" -> id = reader.readString();
      case "topic" -> topic = reader.readString();
      case "seq" -> seq = number(reader);
      case "ts" -> ts = number(reader);
      case "at" -> at = number(reader);
      case "ts_max" -> tsMax = number(reader);
      case "bytes" -> bytes = number(reader);
      case "gone" -> gone = reader.readBoolean();
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

  private StoredEvent made() {
    if (text != null) {
      byte[] json = payloadIsText ? text.getBytes(StandardCharsets.UTF_8) : BsonToJson.quoted(text);
      payload = Payload.checkedJson(json);
    }
    boolean bare =
        key == null && sid == null && headers.isEmpty() && tags.isEmpty() && causedBy.isEmpty();
    EventMeta meta = bare ? EventMeta.NONE : new EventMeta(key, headers, tags, causedBy, sid);
    EventRecord record = new EventRecord(EventId.given(id), seq, ts, at, topic, payload, meta);
    return new StoredEvent(record, new Tail(seq, at, tsMax, bytes, gone));
  }

  /* Another tool may have narrowed a number when it copied the collection. */
  private static long number(BsonBinaryReader reader) {
    return reader.getCurrentBsonType() == BsonType.INT32 ? reader.readInt32() : reader.readInt64();
  }

  private static List<String> strings(BsonBinaryReader reader) {
    List<String> all = new ArrayList<>();
    reader.readStartArray();
    while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
      all.add(Texts.read(reader));
    }
    reader.readEndArray();
    return all;
  }

  private static Map<String, String> headers(BsonBinaryReader reader) {
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
