package io.promlib.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import io.promlib.bus.AckResult;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.PublishOptions;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Writes frames, each as one object with {@code op} first. */
final class FrameWriter {
  private static final SerializableString EVENT = new SerializedString("event");
  private static final SerializableString CTX = new SerializedString("ctx");
  private static final SerializableString ATTEMPT = new SerializedString("attempt");
  private static final SerializableString ACK_DEADLINE = new SerializedString("ack_deadline_ms");
  private static final SerializableString LEASE = new SerializedString("lease");

  private final JsonGenerator out;

  FrameWriter(JsonGenerator out) {
    this.out = out;
  }

  void write(Frame frame) throws IOException {
    out.writeStartObject();
    out.writeStringField("op", frame.op());
    if (frame instanceof ServerFrame server) {
      server(server);
    } else if (frame instanceof ClientFrame client) {
      optional("corr", client.corr());
      client(client);
    }
    out.writeEndObject();
  }

  private void server(ServerFrame frame) throws IOException {
    if (frame instanceof ServerFrame.Event f) {
      subscription(f.topic(), f.group());
      delivered(f.event(), f.ctx());
    } else if (frame instanceof ServerFrame.Events f) {
      subscription(f.topic(), f.group());
      out.writeArrayFieldStart("events");
      for (ServerFrame.Events.Item item : f.events()) {
        item(item.event(), item.ctx());
      }
      out.writeEndArray();
    } else if (frame instanceof ServerFrame.Ok f) {
      ok(f);
    } else if (frame instanceof ServerFrame.Err f) {
      optional("corr", f.corr());
      out.writeStringField("code", f.code());
      out.writeStringField("msg", f.msg());
      out.writeBooleanField("temporary", f.temporary());
      optional("retry_ms", f.retryMs());
    } else if (frame instanceof ServerFrame.Gap f) {
      subscription(f.topic(), f.group());
      out.writeNumberField("from", f.from());
      out.writeNumberField("to", f.to());
    } else if (frame instanceof ServerFrame.Revoked f) {
      subscription(f.topic(), f.group());
      out.writeStringField("msg", f.msg());
    } else if (frame instanceof ServerFrame.GoAway f) {
      out.writeStringField("msg", f.msg());
      out.writeNumberField("reconnect_ms", f.reconnectMs());
    }
  }

  private void client(ClientFrame frame) throws IOException {
    if (frame instanceof ClientFrame.Publish f) {
      out.writeStringField("topic", f.topic());
      EventJson.write(f.payload(), out);
      options(f.options());
    } else if (frame instanceof ClientFrame.Settlement f) {
      settlement(f);
    } else if (frame instanceof ClientFrame.Auth f) {
      out.writeStringField("token", f.token());
    } else if (frame instanceof ClientFrame.Subscribe f) {
      subscription(f.topic(), f.group());
      if (!f.opts().equals(SubscribeOpts.NONE)) {
        out.writeFieldName("opts");
        OptsJson.write(f.opts(), out);
      }
    } else if (frame instanceof ClientFrame.Unsubscribe f) {
      subscription(f.topic(), f.group());
    } else if (frame instanceof ClientFrame.Pause f) {
      subscription(f.topic(), f.group());
    } else if (frame instanceof ClientFrame.Resume f) {
      subscription(f.topic(), f.group());
    }
  }

  private void settlement(ClientFrame.Settlement frame) throws IOException {
    Target target = frame.target();
    subscription(target.topic(), target.group());
    if (target.many()) {
      out.writeFieldName("ids");
      EventJson.write(target.ids(), out);
    } else {
      out.writeStringField("id", target.ids().get(0));
    }
    optional("lease", target.lease());
    if (target.leases() != null) {
      out.writeFieldName("leases");
      EventJson.write(target.leases(), out);
    }
    if (frame instanceof ClientFrame.Ack f) {
      if (f.confirm()) {
        out.writeBooleanField("confirm", true);
      }
    } else if (frame instanceof ClientFrame.Nack f) {
      optional("reason", f.reason());
      optional("delay_ms", f.delayMs());
    } else if (frame instanceof ClientFrame.ModAck f) {
      optional("extend_ms", f.extendMs());
    } else if (frame instanceof ClientFrame.Term f) {
      optional("reason", f.reason());
    }
  }

  private void options(PublishOptions options) throws IOException {
    if (options.equals(PublishOptions.none())) {
      return;
    }
    out.writeObjectFieldStart("opts");
    optional("id", options.id());
    optional("key", options.meta().key());
    optional("ts", options.ts());
    EventJson.writeMeta(options.meta(), out);
    out.writeEndObject();
  }

  private void ok(ServerFrame.Ok ok) throws IOException {
    optional("corr", ok.corr());
    optional("id", ok.id());
    optional("seq", ok.seq());
    if (ok.duplicate() != null) {
      out.writeBooleanField("duplicate", ok.duplicate());
    }
    if (ok.result() != null) {
      out.writeStringField("result", ServerReader.spelled(ok.result()));
    }
    if (ok.results() != null) {
      out.writeArrayFieldStart("results");
      for (AckResult result : ok.results()) {
        out.writeString(ServerReader.spelled(result));
      }
      out.writeEndArray();
    }
    optional("expires_at", ok.expiresAt());
  }

  /** Writes one of an EVENTS frame's events. */
  void item(EventRecord event, ServerFrame.Context ctx) throws IOException {
    out.writeStartObject();
    delivered(event, ctx);
    out.writeEndObject();
  }

  private void delivered(EventRecord event, ServerFrame.Context ctx) throws IOException {
    out.writeFieldName(EVENT);
    EventJson.write(event, out);
    out.writeFieldName(CTX);
    out.writeStartObject();
    boolean leased = ctx.lease() != null || ctx.ackDeadlineMs() > 0;
    if (leased || ctx.attempt() != 1) {
      out.writeFieldName(ATTEMPT);
      out.writeNumber(ctx.attempt());
    }
    if (leased) {
      out.writeFieldName(ACK_DEADLINE);
      out.writeNumber(ctx.ackDeadlineMs());
    }
    if (ctx.lease() != null) {
      out.writeFieldName(LEASE);
      out.writeString(ctx.lease());
    }
    if (ctx.snapshot()) {
      out.writeBooleanField("snapshot", true);
    }
    out.writeEndObject();
  }

  private void subscription(String topic, @Nullable String group) throws IOException {
    out.writeStringField("topic", topic);
    optional("group", group);
  }

  private void optional(String field, @Nullable String value) throws IOException {
    if (value != null) {
      out.writeStringField(field, value);
    }
  }

  private void optional(String field, @Nullable Long value) throws IOException {
    if (value != null) {
      out.writeNumberField(field, value);
    }
  }
}
