package io.promlib.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import io.promlib.bus.EventBus;
import io.promlib.bus.GapListener;
import io.promlib.replay.Replay;
import io.promlib.replay.ReplayBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What an export is asked for. */
record ExportRequest(
    @Nullable Long fromSeq,
    @Nullable Long toSeq,
    @Nullable Instant fromTs,
    @Nullable Instant toTs,
    boolean lines,
    boolean gaps,
    boolean gzip) {
  static final List<String> FIELDS =
      List.of("topic", "fromTs", "toTs", "fromSeq", "toSeq", "ndjson", "gaps");

  static ExportRequest of(Query query, Headers headers) throws HttpError {
    String ndjson = query.text("ndjson");
    if (ndjson != null && !ndjson.equals("0") && !ndjson.equals("1")) {
      throw HttpError.badRequest("ndjson must be 1, lines, or 0, an array");
    }
    String gaps = query.text("gaps");
    if (gaps != null && !gaps.equals("0") && !gaps.equals("1")) {
      throw HttpError.badRequest("gaps must be 1, a line for each, or 0, none");
    }
    if ("1".equals(gaps) && "0".equals(ndjson)) {
      throw HttpError.badRequest("gaps=1 goes with lines only, not with ndjson=0");
    }
    return new ExportRequest(
        Given.seq(query, "fromSeq", 1),
        Given.seq(query, "toSeq", 0),
        time(query, "fromTs"),
        time(query, "toTs"),
        !"0".equals(ndjson),
        "1".equals(gaps),
        takesGzip(headers));
  }

  private static @Nullable Instant time(Query query, String field) throws HttpError {
    Long given = query.number(field, "epoch milliseconds");
    return given == null ? null : Instant.ofEpochMilli(given);
  }

  /** RFC 9110, 12.5.3; a weight of 0 is a no. */
  private static boolean takesGzip(Headers headers) {
    boolean any = false;
    for (String line : headers.getOrDefault("Accept-Encoding", List.of())) {
      for (String coding : line.toLowerCase(Locale.ROOT).split(",", -1)) {
        String[] parts = coding.split(";", 2);
        boolean wanted = parts.length < 2 || !parts[1].strip().matches("q=0(\\.0{0,3})?");
        if (parts[0].strip().equals("gzip")) {
          return wanted;
        }
        any |= parts[0].strip().equals("*") && wanted;
      }
    }
    return any;
  }

  /** Finds where the stretch begins and ends; the listener hears of gaps if they are asked for. */
  Replay<JsonNode> open(EventBus bus, String topic, GapListener listener) throws HttpError {
    ReplayBuilder<JsonNode> replay =
        Replay.of(bus, topic).onGap(gaps ? listener : GapListener.NONE);
    if (fromSeq != null) {
      replay.fromSeq(fromSeq);
    }
    if (toSeq != null) {
      replay.toSeq(toSeq);
    }
    if (fromTs != null) {
      replay.fromTs(fromTs);
    }
    if (toTs != null) {
      replay.toTs(toTs);
    }
    return Given.of(fromSeq == null ? "fromTs" : "fromSeq", replay::open);
  }
}
