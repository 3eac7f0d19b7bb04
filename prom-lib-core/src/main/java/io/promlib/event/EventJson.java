package io.promlib.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as the one JSON object that every edge and dead letter holds: {@code {id, seq, ts,
 * topic, key?, payload, headers?, tags?, caused_by?, sid?}}. The payload's bytes pass through as
 * they are.
 */
public final class EventJson {
  private static final SerializableString ID = new SerializedString("id");
  private static final SerializableString SEQ = new SerializedString("seq");
  private static final SerializableString TS = new SerializedString("ts");
  private static final SerializableString TOPIC = new SerializedString("topic");
  private static final SerializableString KEY = new SerializedString("key");
  private static final SerializableString PAYLOAD = new SerializedString("payload");

  private EventJson() {}

  /** Writes the event as an object. */
  public static void write(EventRecord event, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeFieldName(ID);
    out.writeString(event.id());
    out.writeFieldName(SEQ);
    out.writeNumber(event.seq());
    out.writeFieldName(TS);
    out.writeNumber(event.ts());
    out.writeFieldName(TOPIC);
    out.writeString(event.topic());
    if (event.key() != null) {
      out.writeFieldName(KEY);
      out.writeString(event.key());
    }
    write(event.payload(), out);
    writeMeta(event.meta(), out);
    out.writeEndObject();
  }

  /** Writes the field {@code payload}. */
  public static void write(Payload payload, JsonGenerator out) throws IOException {
    out.writeFieldName(PAYLOAD);
    out.writeRawValue(new RawJson(payload.bytes()));
  }

  /**
   * Writes the fields {@code headers}, {@code tags}, {@code caused_by} and {@code sid} that are
   * there.
   */
  public static void writeMeta(EventMeta meta, JsonGenerator out) throws IOException {
    if (!meta.headers().isEmpty()) {
      out.writeFieldName("headers");
      write(meta.headers(), out);
    }
    if (!meta.tags().isEmpty()) {
      out.writeFieldName("tags");
      write(meta.tags(), out);
    }
    if (!meta.causedBy().isEmpty()) {
      out.writeFieldName("caused_by");
      write(meta.causedBy(), out);
    }
    if (meta.sid() != null) {
      out.writeStringField("sid", meta.sid());
    }
  }

  /** Writes an array of strings. */
  public static void write(List<String> all, JsonGenerator out) throws IOException {
    out.writeStartArray();
    for (String each : all) {
      out.writeString(each);
    }
    out.writeEndArray();
  }

  /** Writes an object of strings. */
  public static void write(Map<String, String> all, JsonGenerator out) throws IOException {
    out.writeStartObject();
    for (Map.Entry<String, String> each : all.entrySet()) {
      out.writeStringField(each.getKey(), each.getValue());
    }
    out.writeEndObject();
  }

  /**
   * Reads the event whose object is at hand. Its {@code at} is not part of the JSON: it is set to
   * {@code ts}.
   *
   * @throws IllegalArgumentException naming the field that is missing or not as it must be
   */
  public static EventRecord read(JsonInput in) throws IOException {
    in.enterObject();
    String id = null;
    Long seq = null;
    Long ts = null;
    String topic = null;
    Payload payload = null;
    MetaFields meta = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "id" -> id = in.string();
        case "seq" -> seq = in.whole();
        case "ts" -> ts = in.whole();
        case "topic" -> topic = in.string();
        case "payload" -> payload = in.payload();
        default -> meta = MetaFields.take(meta, field, in);
      }
    }
    if (id == null || seq == null || ts == null || topic == null || payload == null) {
      throw in.missing(
          id == null
              ? "id"
              : seq == null ? "seq" : ts == null ? "ts" : topic == null ? "topic" : "payload");
    }
    return new EventRecord(id, seq, ts, ts, topic, payload, MetaFields.made(meta));
  }

  /**
   * Reads {@code {id?, key?, headers?, tags?, caused_by?, sid?, ts?}}: what a publisher gives
   * beside the payload.
   *
   * @throws IllegalArgumentException naming the field that is not as it must be
   */
  public static PublishOptions readOptions(JsonInput in) throws IOException {
    in.enterObject();
    String id = null;
    Long ts = null;
    MetaFields meta = null;
    for (String field = in.nextField(); field != null; field = in.nextField()) {
      switch (field) {
        case "id" -> id = in.string();
        case "ts" -> ts = in.whole();
        default -> meta = MetaFields.take(meta, field, in);
      }
    }
    return new PublishOptions(id, ts, MetaFields.made(meta));
  }

  /** Collects the fields of an {@link EventMeta}; most events have few, so it is made on need. */
  private static final class MetaFields {
    private @Nullable String key;
    private Map<String, String> headers = Map.of();
    private List<String> tags = List.of();
    private List<String> causedBy = List.of();
    private @Nullable String sid;

    static @Nullable MetaFields take(@Nullable MetaFields so, String field, JsonInput in)
        throws IOException {
      MetaFields meta = so == null ? new MetaFields() : so;
      switch (field) {
        case "key" -> meta.key = in.string();
        case "headers" -> meta.headers = in.stringMap();
        case "tags" -> meta.tags = in.strings(Integer.MAX_VALUE);
        case "caused_by" -> meta.causedBy = in.strings(Integer.MAX_VALUE);
        case "sid" -> meta.sid = in.string();
        default -> in.skip();
      }
      return meta;
    }

    static EventMeta made(@Nullable MetaFields meta) {
      return meta == null
          ? EventMeta.NONE
          : new EventMeta(meta.key, meta.headers, meta.tags, meta.causedBy, meta.sid);
    }
  }
}
