package io.promlib.mongo;

import io.promlib.bus.EventTooLargeException;
import io.promlib.event.Utf8;
import io.promlib.outbox.OutboxDraft;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.store.Slots;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import org.bson.BsonBinaryReader;
import org.bson.BsonBinaryWriter;
import org.bson.RawBsonDocument;
import org.bson.io.BasicOutputBuffer;
import org.bson.io.ByteBufferBsonInput;
import org.jspecify.annotations.Nullable;

/**
 * Records as documents of the collection {@code outbox}. Beside the protocol's fields and those of
 * {@link Contents}: {@code unsent: true} until it is sent, {@code slot} by which drainers part,
 * {@code added} by which the oldest is found first, {@code ordered} and {@code dropped} as in
 * {@link OutboxRecord}, {@code sent_at}, and {@code parked} and {@code waited} of {@link
 * OutboxParking}.
 */
final class OutboxDocuments {
  static final String PENDING = name(OutboxStatus.PENDING);
  static final String CLAIMED = name(OutboxStatus.CLAIMED);
  static final String SENT = name(OutboxStatus.SENT);
  static final String ERROR = name(OutboxStatus.ERROR);

  private static final int LONGEST_ERROR = 1000;

  private OutboxDocuments() {}

  static String name(OutboxStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  static String id(String topic, String id) {
    return topic + "::" + id;
  }

  static String id(OutboxRecord record) {
    return id(record.topic(), record.id());
  }

  /** Names a key among those of all topics; null without a key. */
  static @Nullable String key(OutboxRecord record) {
    String key = record.meta().key();
    return key == null ? null : id(record.topic(), key);
  }

  /** Records of one key share a slot; those without a key spread over all. */
  static int slot(String topic, @Nullable String key, String id) {
    return Slots.of(id(topic, key == null ? id : key));
  }

  /** An error as it is kept: in Unicode, and not without end. */
  static String error(String text) {
    String some = text;
    if (text.length() > LONGEST_ERROR) {
      boolean inPair = Character.isHighSurrogate(text.charAt(LONGEST_ERROR - 1));
      some = text.substring(0, inPair ? LONGEST_ERROR - 1 : LONGEST_ERROR) + "…";
    }
    return Utf8.hasWholePairs(some) ? some : some.replaceAll("\\p{Cs}", "?");
  }

  /**
   * @param added when, by the clock of who adds
   * @throws EventTooLargeException if the server would not take the document
   */
  static Encoded encode(OutboxDraft draft, long added) {
    String key = draft.meta().key();
    byte[] json = draft.payload().bytes();
    if (json.length > EventDocuments.MAX_SIZE) {
      throw tooLarge(draft, json.length);
    }
    BasicOutputBuffer out = new BasicOutputBuffer(512);
    int seqAt;
    try (BsonBinaryWriter writer = new BsonBinaryWriter(out)) {
      writer.writeStartDocument();
      writer.writeString("_id", id(draft.topic(), draft.id()));
      writer.writeString("id", draft.id());
      writer.writeString("topic", draft.topic());
      writer.writeInt64("seq", draft.order());
      seqAt = out.getPosition() - Long.BYTES;
      if (draft.order() > 0) {
        writer.writeBoolean("ordered", true);
      }
      writer.writeInt64("ts", draft.ts());
      writer.writeString("status", PENDING);
      writer.writeBoolean("unsent", true);
      writer.writeInt32("slot", slot(draft.topic(), key, draft.id()));
      // Due at once, whatever the clock of who adds.
      writer.writeInt64("due", 0);
      writer.writeInt64("added", added);
      writer.writeInt32("attempts", 0);
      Contents.write(writer, draft.meta(), json);
      writer.writeEndDocument();
    }
    if (out.getSize() > EventDocuments.MAX_SIZE) {
      throw tooLarge(draft, out.getSize());
    }
    return new Encoded(out.toByteArray(), seqAt);
  }

  static OutboxRecord decode(RawBsonDocument document) {
    try (BsonBinaryReader reader =
        new BsonBinaryReader(new ByteBufferBsonInput(document.getByteBuffer()))) {
      return new OutboxReader().read(reader);
    }
  }

  private static EventTooLargeException tooLarge(OutboxDraft draft, int size) {
    return new EventTooLargeException(
        "record "
            + draft.id()
            + " of topic "
            + draft.topic()
            + " makes a document of "
            + size
            + " bytes; MongoDB takes at most "
            + EventDocuments.MAX_SIZE
            + ": add less, or keep the data elsewhere and add where");
  }

  /** A document whose {@code seq} is still to be given. */
  static final class Encoded {
    private final byte[] bytes;
    private final int seqAt;

    private Encoded(byte[] bytes, int seqAt) {
      this.bytes = bytes;
      this.seqAt = seqAt;
    }

    RawBsonDocument at(long seq) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(seqAt, seq);
      return new RawBsonDocument(bytes);
    }
  }
}
