package io.promlib.mongo;

import io.promlib.bus.EventTooLargeException;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.store.Draft;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.RawBsonDocument;
import org.bson.io.BasicOutputBuffer;
import org.bson.io.ByteBufferBsonInput;

/**
 * Events as documents of the collection {@code events}. Beside the protocol's fields: {@code bytes}
 * is the running sum of document sizes, {@code gone: true} marks a removed event that stands for
 * the tail, {@code payload_json: true} says that {@code payload} is JSON text.
 */
final class EventDocuments {
  /** The server's limit for a document, less what it and the driver may put around one. */
  static final int MAX_SIZE = (16 << 20) - (64 << 10);

  private EventDocuments() {}

  static String documentId(String topic, String id) {
    return topic + "::" + id;
  }

  /**
   * @throws EventTooLargeException if the server would not take the document
   */
  static EncodedEvent encode(String topic, Draft draft) {
    BasicOutputBuffer out = new BasicOutputBuffer(512);
    int[] offsets = new int[4];
    try (BsonBinaryWriter writer = new BsonBinaryWriter(out)) {
      writer.writeStartDocument();
      writer.writeString("_id", documentId(topic, draft.id()));
      writer.writeString("id", draft.id());
      writer.writeString("topic", topic);
      offsets[0] = number(writer, out, "seq");
      writer.writeInt64("ts", draft.ts());
      offsets[1] = number(writer, out, "at");
      offsets[2] = number(writer, out, "ts_max");
      offsets[3] = number(writer, out, "bytes");
      writeMeta(writer, draft.meta());
      byte[] json = draft.payload().bytes();
      if (json.length > MAX_SIZE) {
        throw tooLarge(topic, draft, json.length);
      }
      writePayload(writer, json);
      writer.writeEndDocument();
    }
    if (out.getSize() > MAX_SIZE) {
      throw tooLarge(topic, draft, out.getSize());
    }
    return new EncodedEvent(draft, out.toByteArray(), offsets);
  }

  private static int number(BsonBinaryWriter writer, BasicOutputBuffer out, String name) {
    writer.writeInt64(name, 0);
    return out.getPosition() - Long.BYTES;
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

  /** Reads a whole document, or one of which only some fields were asked for. */
  static StoredEvent decode(RawBsonDocument document) {
    try (BsonBinaryReader reader =
        new BsonBinaryReader(new ByteBufferBsonInput(document.getByteBuffer()))) {
      return new EventReader().read(reader);
    }
  }

  private static EventTooLargeException tooLarge(String topic, Draft draft, int size) {
    return new EventTooLargeException(
        "event "
            + draft.id()
            + " of topic "
            + topic
            + " makes a document of "
            + size
            + " bytes; MongoDB takes at most "
            + MAX_SIZE
            + ": publish less, or keep the data elsewhere and publish where");
  }

  /**
   * An event as it is stored.
   *
   * @param tail its numbers as the next event builds on them
   */
  record StoredEvent(EventRecord record, Tail tail) {
    boolean isGone() {
      return tail.gone();
    }

    long seq() {
      return tail.seq();
    }
  }
}
