package io.promlib.mongo;

import io.promlib.bus.EventTooLargeException;
import io.promlib.event.EventRecord;
import io.promlib.store.Draft;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.RawBsonDocument;
import org.bson.io.BasicOutputBuffer;
import org.bson.io.ByteBufferBsonInput;

/**
 * Events as documents of the collection {@code events}. Beside the protocol's fields and those of
 * {@link Contents}: {@code bytes} is the running sum of document sizes, {@code gone: true} marks a
 * removed event that stands for the tail.
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
      byte[] json = draft.payload().bytes();
      if (json.length > MAX_SIZE) {
        throw tooLarge(topic, draft, json.length);
      }
      Contents.write(writer, draft.meta(), json);
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
