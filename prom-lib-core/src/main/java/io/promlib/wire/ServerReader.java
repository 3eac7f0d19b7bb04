package io.promlib.wire;

import io.promlib.bus.AckResult;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.JsonInput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Collects the fields of one server frame and makes the frame of them. */
final class ServerReader {
  private @Nullable String corr;
  private @Nullable String msg;
  private @Nullable String topic;
  private @Nullable String group;

  private ServerReader() {}

  /** Reads the rest of a frame's object; null if there is no such {@code op}. */
  static @Nullable ServerFrame read(String op, JsonInput in) throws IOException {
    ServerReader reader = new ServerReader();
    return switch (op) {
      case "EVENT" -> reader.event(in);
      case "EVENTS" -> reader.events(in);
      case "OK" -> reader.ok(in);
      case "ERR" -> reader.err(in);
      case "GAP" -> reader.gap(in);
      case "REVOKED" -> reader.revoked(in);
      case "GOAWAY" -> reader.goAway(in);
      default -> null;
    };
  }

  private ServerFrame event(JsonInput in) throws IOException {
    EventRecord event = null;
    ServerFrame.Context ctx = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "event" -> event = EventJson.read(in);
        case "ctx" -> ctx = context(in);
        default -> common(field, in);
      }
    }
    return new ServerFrame.Event(
        required("topic", topic), group, required("event", event), required("ctx", ctx));
  }

  private ServerFrame events(JsonInput in) throws IOException {
    List<ServerFrame.Events.Item> events = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      if (field.equals("events")) {
        events = new ArrayList<>();
        in.enterArray();
        while (in.nextElement()) {
          events.add(item(in));
        }
      } else {
        common(field, in);
      }
    }
    return new ServerFrame.Events(required("topic", topic), group, required("events", events));
  }

  private static ServerFrame.Events.Item item(JsonInput in) throws IOException {
    in.enterObject();
    EventRecord event = null;
    ServerFrame.Context ctx = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "event" -> event = EventJson.read(in);
        case "ctx" -> ctx = context(in);
        default -> in.skip();
      }
    }
    if (event == null || ctx == null) {
      throw in.missing(event == null ? "event" : "ctx");
    }
    return new ServerFrame.Events.Item(event, ctx);
  }

  private static ServerFrame.Context context(JsonInput in) throws IOException {
    in.enterObject();
    int attempt = 1;
    long deadline = 0;
    String lease = null;
    boolean snapshot = false;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "attempt" -> attempt = in.count();
        case "ack_deadline_ms" -> deadline = in.duration();
        case "lease" -> lease = in.string();
        case "snapshot" -> snapshot = in.bool();
        default -> in.skip();
      }
    }
    return new ServerFrame.Context(attempt, deadline, lease, snapshot);
  }

  private ServerFrame ok(JsonInput in) throws IOException {
    String id = null;
    Long seq = null;
    Boolean duplicate = null;
    AckResult result = null;
    List<AckResult> results = null;
    Long expiresAt = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "id" -> id = in.string();
        case "seq" -> seq = in.whole();
        case "duplicate" -> duplicate = in.bool();
        case "result" -> result = result(in);
        case "results" -> {
          results = new ArrayList<>();
          in.enterArray();
          while (in.nextElement()) {
            results.add(result(in));
          }
        }
        case "expires_at" -> expiresAt = in.whole();
        default -> common(field, in);
      }
    }
    return new ServerFrame.Ok(corr, id, seq, duplicate, result, results, expiresAt);
  }

  private static AckResult result(JsonInput in) throws IOException {
    String spelled = in.string();
    for (AckResult result : AckResult.values()) {
      if (spelled(result).equals(spelled)) {
        return result;
      }
    }
    throw new IllegalArgumentException(
        in.at() + " must be ok, already_acked, stale_lease, dead_lettered or unknown");
  }

  /** A result as it is spelled on the wire. */
  static String spelled(AckResult result) {
    return result.name().toLowerCase(Locale.ROOT);
  }

  private ServerFrame err(JsonInput in) throws IOException {
    String code = null;
    boolean temporary = false;
    Long retryMs = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "code" -> code = in.string();
        case "temporary" -> temporary = in.bool();
        case "retry_ms" -> retryMs = in.duration();
        default -> common(field, in);
      }
    }
    return new ServerFrame.Err(
        required("code", code), msg == null ? "" : msg, corr, temporary, retryMs);
  }

  private ServerFrame gap(JsonInput in) throws IOException {
    Long from = null;
    Long to = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "from" -> from = in.whole();
        case "to" -> to = in.whole();
        default -> common(field, in);
      }
    }
    return new ServerFrame.Gap(
        required("topic", topic), group, required("from", from), required("to", to));
  }

  private ServerFrame revoked(JsonInput in) throws IOException {
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      common(field, in);
    }
    return new ServerFrame.Revoked(required("topic", topic), group, msg == null ? "" : msg);
  }

  private ServerFrame goAway(JsonInput in) throws IOException {
    long reconnectMs = 0;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      if (field.equals("reconnect_ms")) {
        reconnectMs = in.duration();
      } else {
        common(field, in);
      }
    }
    return new ServerFrame.GoAway(msg == null ? "" : msg, reconnectMs);
  }

  private void common(String field, JsonInput in) throws IOException {
    switch (field) {
      case "corr" -> corr = in.string();
      case "msg" -> msg = in.string();
      case "topic" -> topic = in.string();
      case "group" -> group = in.string();
      default -> in.skip();
    }
  }

  private static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return value;
  }
}
