package io.promlib.mongo;

import io.promlib.event.EventMeta;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.bson.BsonBinaryWriter;

/**
 * Writes what a publisher gave as fields of a document: {@code payload_json: true} says that {@code
 * payload} is JSON text. {@link ContentReader} reads them.
 */
final class Contents {
  private Contents() {}

  static void write(BsonBinaryWriter writer, EventMeta meta, byte[] json) {
    writeMeta(writer, meta);
    writePayload(writer, json);
  }

  private static void writePayload(BsonBinaryWriter writer, byte[] json) {
    writer.mark();
    writer.writeName("payload");
    if (!JsonToBson.write(json, writer)) {
      writer.reset();
      writer.writeBoolean("payload_json", true);
      writer.writeString("payload", new String(json, StandardCharsets.UTF_8));
    }
  }

  private static void writeMeta(BsonBinaryWriter writer, EventMeta meta) {
    String key = meta.key();
    if (key != null) {
      writer.writeString("key", key);
    }
    String sid = meta.sid();
    if (sid != null) {
      writer.writeName("sid");
      Texts.write(writer, sid);
    }
    if (!meta.headers().isEmpty()) {
      writeHeaders(writer, meta.headers());
    }
    writeStrings(writer, "tags", meta.tags());
    writeStrings(writer, "caused_by", meta.causedBy());
  }

  private static void writeHeaders(BsonBinaryWriter writer, Map<String, String> headers) {
    if (headers.keySet().stream().allMatch(JsonToBson::isPlain)) {
      writer.writeStartDocument("headers");
      headers.forEach(
          (name, value) -> {
            writer.writeName(name);
            Texts.write(writer, value);
          });
      writer.writeEndDocument();
      return;
    }
    writer.writeStartArray("headers");
    headers.forEach(
        (name, value) -> {
          writer.writeStartDocument();
          writer.writeString("k", name);
          writer.writeName("v");
          Texts.write(writer, value);
          writer.writeEndDocument();
        });
    writer.writeEndArray();
  }

  private static void writeStrings(BsonBinaryWriter writer, String name, List<String> all) {
    if (!all.isEmpty()) {
      writer.writeStartArray(name);
      all.forEach(each -> Texts.write(writer, each));
      writer.writeEndArray();
    }
  }
}
