package io.promlib.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.bus.StartAt;
import io.promlib.event.EventJson;
import io.promlib.event.JsonInput;
import io.promlib.event.Names;
import io.promlib.store.Filter;
import io.promlib.store.Ordering;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@link SubscribeOpts} as JSON. */
final class OptsJson {
  private @Nullable String from;
  private @Nullable Long ts;
  private @Nullable String afterId;
  private @Nullable Long seq;

  private OptsJson() {}

  static SubscribeOpts read(JsonInput in) throws IOException {
    in.enterObject();
    OptsJson start = new OptsJson();
    Integer batchSize = null;
    Integer maxInFlight = null;
    Long ackTimeoutMs = null;
    Integer maxAttempts = null;
    Ordering ordering = null;
    Integer batch = null;
    boolean quiet = false;
    Filter.Match filter = null;
    boolean tail = false;
    boolean snapshot = false;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "batchSize" -> batchSize = in.count();
        case "maxInFlight" -> maxInFlight = in.count();
        case "ackTimeoutMs" -> ackTimeoutMs = in.duration();
        case "maxAttempts" -> maxAttempts = in.count();
        case "ordering" -> ordering = ordering(in.string());
        case "batch" -> batch = in.count();
        case "quiet" -> quiet = in.bool();
        case "filter" -> filter = filter(in);
        case "mode" -> tail = isTail(in.string());
        case "snapshot" -> snapshot = in.bool();
        default -> start.take(field, in);
      }
    }
    return new SubscribeOpts(
        start.made(),
        batchSize,
        maxInFlight,
        ackTimeoutMs,
        maxAttempts,
        ordering,
        batch,
        quiet,
        filter,
        tail,
        snapshot);
  }

  private void take(String field, JsonInput in) throws IOException {
    switch (field) {
      case "from" -> from = in.string();
      case "ts" -> ts = in.whole();
      case "afterId" -> afterId = in.string();
      case "seq" -> seq = in.whole();
      default -> in.skip();
    }
  }

  private @Nullable StartAt made() {
    if (from == null) {
      return null;
    }
    return switch (from) {
      case "latest" -> StartAt.LATEST;
      case "earliest" -> StartAt.EARLIEST;
      case "ts" -> new StartAt.Since(Instant.ofEpochMilli(needed("ts", ts)));
      case "afterId" -> new StartAt.AfterId(Names.id(needed("afterId", afterId)));
      case "afterSeq" -> new StartAt.AfterSeq(needed("seq", seq));
      default ->
          throw new IllegalArgumentException(
              "opts.from must be latest, earliest, ts, afterId or afterSeq");
    };
  }

  private <T> T needed(String field, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(
          "opts." + field + " is missing; opts.from '" + from + "' needs it");
    }
    return value;
  }

  private static Ordering ordering(String name) {
    return switch (name) {
      case "none" -> Ordering.NONE;
      case "key" -> Ordering.KEY;
      case "topic" -> Ordering.TOPIC;
      default -> throw new IllegalArgumentException("opts.ordering must be none, key or topic");
    };
  }

  private static boolean isTail(String mode) {
    return switch (mode) {
      case "group" -> false;
      case "tail" -> true;
      default -> throw new IllegalArgumentException("opts.mode must be group or tail");
    };
  }

  private static Filter.Match filter(JsonInput in) throws IOException {
    in.enterObject();
    String key = null;
    List<String> tags = List.of();
    Map<String, String> headers = Map.of();
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "key" -> key = in.string();
        case "tags" -> tags = in.strings(Integer.MAX_VALUE);
        case "headers" -> headers = in.stringMap();
        default -> in.skip();
      }
    }
    return new Filter.Match(key, tags, headers);
  }

  static void write(SubscribeOpts opts, JsonGenerator out) throws IOException {
    out.writeStartObject();
    if (opts.from() != null) {
      write(opts.from(), out);
    }
    number("batchSize", opts.batchSize(), out);
    number("maxInFlight", opts.maxInFlight(), out);
    number("ackTimeoutMs", opts.ackTimeoutMs(), out);
    number("maxAttempts", opts.maxAttempts(), out);
    if (opts.ordering() != null) {
      out.writeStringField("ordering", opts.ordering().name().toLowerCase(Locale.ROOT));
    }
    number("batch", opts.batch(), out);
    if (opts.quiet()) {
      out.writeBooleanField("quiet", true);
    }
    if (opts.filter() != null) {
      write(opts.filter(), out);
    }
    if (opts.tail()) {
      out.writeStringField("mode", "tail");
    }
    if (opts.snapshot()) {
      out.writeBooleanField("snapshot", true);
    }
    out.writeEndObject();
  }

  private static void write(StartAt from, JsonGenerator out) throws IOException {
    if (from instanceof StartAt.Latest) {
      out.writeStringField("from", "latest");
    } else if (from instanceof StartAt.Earliest) {
      out.writeStringField("from", "earliest");
    } else if (from instanceof StartAt.Since since) {
      out.writeStringField("from", "ts");
      out.writeNumberField("ts", since.time().toEpochMilli());
    } else if (from instanceof StartAt.AfterId after) {
      out.writeStringField("from", "afterId");
      out.writeStringField("afterId", after.id());
    } else if (from instanceof StartAt.AfterSeq after) {
      out.writeStringField("from", "afterSeq");
      out.writeNumberField("seq", after.seq());
    }
  }

  private static void write(Filter.Match filter, JsonGenerator out) throws IOException {
    out.writeObjectFieldStart("filter");
    if (filter.key() != null) {
      out.writeStringField("key", filter.key());
    }
    if (!filter.tags().isEmpty()) {
      out.writeFieldName("tags");
      EventJson.write(filter.tags(), out);
    }
    if (!filter.headers().isEmpty()) {
      out.writeFieldName("headers");
      EventJson.write(filter.headers(), out);
    }
    out.writeEndObject();
  }

  private static void number(String field, @Nullable Number value, JsonGenerator out)
      throws IOException {
    if (value != null) {
      out.writeNumberField(field, value.longValue());
    }
  }
}
