package io.promlib.wire;

import static java.util.stream.Collectors.toUnmodifiableMap;

import io.promlib.event.EventJson;
import io.promlib.event.JsonInput;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects the fields of one client frame and makes the frame of them. */
final class ClientReader {
  private static final Map<String, Op> OPS =
      Arrays.stream(Op.values()).collect(toUnmodifiableMap(Op::name, op -> op));

  private final Op op;
  private @Nullable String corr;
  private @Nullable String token;
  private @Nullable String topic;
  private @Nullable String group;
  private @Nullable String id;
  private @Nullable List<String> ids;
  private @Nullable String lease;
  private @Nullable List<String> leases;
  private boolean confirm;
  private @Nullable String reason;
  private @Nullable Long delayMs;
  private @Nullable Long extendMs;
  private @Nullable Payload payload;
  private PublishOptions publishOptions = PublishOptions.none();
  private SubscribeOpts subscribeOpts = SubscribeOpts.NONE;

  private enum Op {
    AUTH,
    SUBSCRIBE,
    UNSUBSCRIBE,
    PUBLISH,
    ACK,
    NACK,
    MODACK,
    TERM,
    PAUSE,
    RESUME
  }

  private ClientReader(Op op) {
    this.op = op;
  }

  /** Reads the rest of a frame's object; null if there is no such {@code op}. */
  static @Nullable ClientFrame read(String name, JsonInput in) throws IOException {
    Op op = OPS.get(name);
    if (op == null) {
      return null;
    }
    ClientReader reader = new ClientReader(op);
    reader.readFields(in);
    return reader.frame();
  }

  private void readFields(JsonInput in) throws IOException {
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      if (field.equals("corr")) {
        corr = in.string();
      } else if (takes(field)) {
        readField(field, in);
      } else {
        in.skip();
      }
    }
  }

  /** Whether the field belongs to the frame; the same name may be of another type elsewhere. */
  private boolean takes(String field) {
    return switch (field) {
      case "token" -> op == Op.AUTH;
      case "topic" -> op != Op.AUTH;
      case "group" -> op != Op.AUTH && op != Op.PUBLISH;
      case "payload" -> op == Op.PUBLISH;
      case "opts" -> op == Op.PUBLISH || op == Op.SUBSCRIBE;
      case "id", "ids", "lease", "leases" -> settles();
      case "confirm" -> op == Op.ACK;
      case "reason" -> op == Op.NACK || op == Op.TERM;
      case "delay_ms" -> op == Op.NACK;
      case "extend_ms" -> op == Op.MODACK;
      default -> false;
    };
  }

  private boolean settles() {
    return op == Op.ACK || op == Op.NACK || op == Op.MODACK || op == Op.TERM;
  }

  private void readField(String field, JsonInput in) throws IOException {
    switch (field) {
      case "token" -> token = in.string();
      case "topic" -> topic = in.string();
      case "group" -> group = in.string();
      case "id" -> id = in.string();
      case "ids" -> ids = in.strings(Frame.MAX_IDS);
      case "lease" -> lease = in.string();
      case "leases" -> leases = in.strings(Frame.MAX_IDS);
      case "confirm" -> confirm = in.bool();
      case "reason" -> reason = in.string();
      case "delay_ms" -> delayMs = in.duration();
      case "extend_ms" -> {
        if (in.isNumber()) {
          extendMs = in.duration();
        } else {
          in.skip();
        }
      }
      case "payload" -> payload = in.payload();
      case "opts" -> {
        if (op == Op.PUBLISH) {
          publishOptions = EventJson.readOptions(in);
        } else {
          subscribeOpts = OptsJson.read(in);
        }
      }
      default -> throw new IllegalStateException(field);
    }
  }

  private ClientFrame frame() {
    return switch (op) {
      case AUTH -> new ClientFrame.Auth(token == null ? "" : token, corr);
      case SUBSCRIBE ->
          new ClientFrame.Subscribe(required("topic", topic), group, subscribeOpts, corr);
      case UNSUBSCRIBE -> new ClientFrame.Unsubscribe(required("topic", topic), group, corr);
      case PUBLISH ->
          new ClientFrame.Publish(
              required("topic", topic), required("payload", payload), publishOptions, corr);
      case ACK -> new ClientFrame.Ack(target(), confirm, corr);
      case NACK -> new ClientFrame.Nack(target(), reason, delayMs, corr);
      case MODACK -> new ClientFrame.ModAck(target(), extendMs, corr);
      case TERM -> new ClientFrame.Term(target(), reason, corr);
      case PAUSE -> new ClientFrame.Pause(required("topic", topic), group, corr);
      case RESUME -> new ClientFrame.Resume(required("topic", topic), group, corr);
    };
  }

  private Target target() {
    String of = required("topic", topic);
    if (ids == null) {
      return new Target(of, group, List.of(required("id", id)), false, lease, leases);
    }
    if (id != null) {
      throw new IllegalArgumentException("id and ids are both there; give one of them");
    }
    return new Target(of, group, ids, true, lease, leases);
  }

  private static <T> T required(String field, @Nullable T value) {
    if (value == null) {
      throw new IllegalArgumentException(field + " is missing");
    }
    return value;
  }
}
