package io.promlib.mongo;

import io.promlib.PromException;
import io.promlib.event.EventId;
import io.promlib.event.EventRecord;
import io.promlib.mongo.EventDocuments.StoredEvent;
import org.bson.BsonBinaryReader;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonType;

/**
 * Reads one document of {@code events}, in one pass. Fields that it does not know are passed over.
 */
final class EventReader {
  private final ContentReader content = new ContentReader();
  private String id = "";
  private String topic = "";
  private long seq;
  private long ts;
  private long at;
  private long tsMax;
  private long bytes;
  private boolean gone;

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
      case "seq" -> seq = ContentReader.number(reader);
      case "ts" -> ts = ContentReader.number(reader);
      case "at" -> at = ContentReader.number(reader);
      case "ts_max" -> tsMax = ContentReader.number(reader);
      case "bytes" -> bytes = ContentReader.number(reader);
      case "gone" -> gone = reader.readBoolean();
      default -> content.field(name, reader);
    }
  }

  private StoredEvent made() {
    EventRecord record =
        new EventRecord(EventId.given(id), seq, ts, at, topic, content.payload(), content.meta());
    return new StoredEvent(record, new Tail(seq, at, tsMax, bytes, gone));
  }
}
