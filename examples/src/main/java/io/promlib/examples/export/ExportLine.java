package io.promlib.examples.export;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.promlib.event.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What a line of an export says: an event's position and topic; or what was gone before the next
 * one; or, at the end, how many there were.
 *
 * @param seq the event's position; of a gap the last one that it takes in; at the end the last
 *     event's, 0 if there was none
 * @param lost how many positions retention removed: the gap's, or at the end all
 */
record ExportLine(Kind kind, long seq, String topic, long count, long lost) {
  enum Kind {
    EVENT,
    GAP,
    END
  }

  /**
   * Reads a line.
   *
   * @throws IOException if it is neither an event nor a gap nor the end
   */
  static ExportLine of(byte[] line) throws IOException {
    long seq = -1;
    long lastSeq = -1;
    long count = -1;
    long lost = 0;
    long from = -1;
    long to = -1;
    String topic = "";
    String op = "";
    try (JsonParser json = Json.parsers().parser(line)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("a line is no JSON object");
      }
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "op" -> op = json.getText();
          case "seq" -> seq = json.getLongValue();
          case "last_seq" -> lastSeq = json.getLongValue();
          case "count" -> count = json.getLongValue();
          case "lost" -> lost = json.getLongValue();
          case "from" -> from = json.getLongValue();
          case "to" -> to = json.getLongValue();
          case "topic" -> topic = json.getText();
          default -> json.skipChildren();
        }
        if (seq > 0 && !topic.isEmpty()) {
          // All that matters of an event; what follows may be large.
          return new ExportLine(Kind.EVENT, seq, topic, 0, 0);
        }
      }
    }
    if (op.equals("END") && count >= 0 && lastSeq >= 0 && lost >= 0) {
      return new ExportLine(Kind.END, lastSeq, "", count, lost);
    }
    if (op.equals("GAP") && from > 0 && to >= from) {
      return new ExportLine(Kind.GAP, to, "", 0, to - from + 1);
    }
    throw new IOException("a line is neither an event nor a gap nor the end of an export");
  }

  /** The line that says that so many events, up to this one, are all. */
  static byte[] end(long count, long lastSeq, long lost) {
    String more = lost == 0 ? "" : ",\"lost\":" + lost;
    return ("{\"op\":\"END\",\"count\":" + count + ",\"last_seq\":" + lastSeq + more + "}")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
