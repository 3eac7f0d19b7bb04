package io.promlib.mongo;

import io.promlib.event.Utf8;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import org.bson.BsonBinary;
import org.bson.BsonReader;
import org.bson.BsonType;
import org.bson.BsonWriter;

/**
 * Strings that people gave. One that holds half a surrogate pair, which a BSON string cannot, is
 * kept as the bytes of its characters.
 */
final class Texts {
  private Texts() {}

  static void write(BsonWriter writer, String text) {
    if (Utf8.hasWholePairs(text)) {
      writer.writeString(text);
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(text.length() * Character.BYTES);
    bytes.asCharBuffer().put(text);
    writer.writeBinaryData(new BsonBinary(bytes.array()));
  }

  static String read(BsonReader reader) {
    if (reader.getCurrentBsonType() != BsonType.BINARY) {
      return reader.readString();
    }
    CharBuffer chars = ByteBuffer.wrap(reader.readBinaryData().getData()).asCharBuffer();
    return chars.toString();
  }
}
