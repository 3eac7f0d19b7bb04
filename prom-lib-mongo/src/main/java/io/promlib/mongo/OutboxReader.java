package io.promlib.mongo;

import io.promlib.PromException;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import java.util.Locale;
import org.bson.BsonBinaryReader;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonType;
import org.jspecify.annotations.Nullable;

/** Reads one document of {@code outbox}, passing over what it does not know. */
final class OutboxReader {
  private final ContentReader content = new ContentReader();
  private String id = "";
  private String topic = "";
  private long seq;
  private long ts;
  private boolean ordered;
  private boolean dropped;
  private OutboxStatus status = OutboxStatus.PENDING;
  private int attempts;
  private long due;
  private @Nullable String lastError;

  OutboxRecord read(BsonBinaryReader reader) {
    try {
      reader.readStartDocument();
      while (reader.readBsonType() != BsonType.END_OF_DOCUMENT) {
        field(reader.readName(), reader);
      }
      reader.readEndDocument();
      return new OutboxRecord(
          topic,
          id,
          ts,
          content.payload(),
          content.meta(),
          seq,
          ordered,
          dropped,
          status,
          attempts,
          due,
          lastError);
    } catch (IllegalArgumentException | BsonInvalidOperationException e) {
      throw new PromException(
          "record "
              + id
              + " of topic "
              + topic
              + " was not written by an outbox: "
              + e.getMessage(),
          e);
    }
  }

  private void field(String name, BsonBinaryReader reader) {
    switch (name) {
      case "id" -> id = reader.readString();
      case "topic" -> topic = reader.readString();
      case "seq" -> seq = ContentReader.number(reader);
      case "ts" -> ts = ContentReader.number(reader);
      case "ordered" -> ordered = reader.readBoolean();
      case "dropped" -> dropped = reader.readBoolean();
      case "status" -> status = OutboxStatus.valueOf(reader.readString().toUpperCase(Locale.ROOT));
      case "attempts" -> attempts = (int) ContentReader.number(reader);
      case "due" -> due = ContentReader.number(reader);
      case "last_err" -> lastError = reader.readString();
      default -> content.field(name, reader);
    }
  }
}
