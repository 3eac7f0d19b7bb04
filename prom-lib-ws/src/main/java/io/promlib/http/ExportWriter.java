package io.promlib.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Writes events one a line, or as an array, and what says that they are all. */
final class ExportWriter {
  private final LineOutput out;
  private final JsonGenerator json;
  private final boolean lines;
  private long count;
  private long lastSeq;

  ExportWriter(OutputStream peer, boolean lines) throws IOException {
    this.out = new LineOutput(peer);
    this.lines = lines;
    json = Json.parsers().generator(out);
    // Nothing between one event and the next but what is written here.
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
    if (!lines) {
      out.write('[');
    }
  }

  long count() {
    return count;
  }

  void write(EventRecord event) throws IOException {
    if (!lines && count > 0) {
      out.write(',');
      out.endLine();
    }
    EventJson.write(event, json);
    json.flush();
    if (lines) {
      out.endLine();
    }
    count++;
    lastSeq = event.seq();
  }

  /** Writes, in lines only, that retention removed these positions. */
  void gap(long from, long to) throws IOException {
    String line = "{\"op\":\"GAP\",\"from\":" + from + ",\"to\":" + to + "}";
    out.write(line.getBytes(StandardCharsets.US_ASCII));
    out.endLine();
  }

  /** Writes the end; {@code lost} positions are told only if there are any. */
  void end(long lost) throws IOException {
    String last =
        "{\"op\":\"END\",\"count\":" + count + ",\"last_seq\":" + lastSeq + lost(lost) + "}";
    out.write((lines ? last : "]").getBytes(StandardCharsets.US_ASCII));
    out.endLine();
    out.send();
  }

  private static String lost(long lost) {
    return lost == 0 ? "" : ",\"lost\":" + lost;
  }
}
