package io.promlib.ops;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.event.EventJson;
import io.promlib.event.EventMeta;
import io.promlib.event.Names;
import io.promlib.event.Payload;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.outbox.OutboxCounts;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.time.Timing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The outbox: how much waits, which records, and what to do with those that rest. */
final class OutboxEndpoints {
  private static final int AT_ONCE = 20;

  private final @Nullable OutboxAdmin outbox;
  private final Timing timing;
  private final OpsLimits limits;

  OutboxEndpoints(@Nullable OutboxAdmin outbox, Timing timing, OpsLimits limits) {
    this.outbox = outbox;
    this.timing = timing;
    this.limits = limits;
  }

  /**
   * {@code GET /outbox}: counts per status and the age of the oldest record that is not sent; with
   * {@code status=&after=&limit=} also the records of that status.
   */
  Answer show(Ask ask) throws IOException, OpsError {
    Query query = ask.query("status", "after", "limit");
    OutboxStatus status = status(query);
    OutboxRecord after = after(query, status);
    int limit = query.limit();
    ask.caller().requireListing();
    OutboxAdmin admin = outbox();
    OutboxCounts counts = admin.counts();
    List<OutboxRecord> records = new ArrayList<>();
    boolean more = status != null && list(admin, status, after, limit, records);
    return Answer.json(
        out -> {
          out.writeNumberField("pending", counts.pending());
          out.writeNumberField("claimed", counts.claimed());
          out.writeNumberField("sent", counts.sent());
          out.writeNumberField("error", counts.error());
          TopicsEndpoint.number(
              out,
              "oldestMs",
              counts.oldestUnsent().isPresent()
                  ? Math.max(0, timing.millis() - counts.oldestUnsent().getAsLong())
                  : null);
          if (status != null) {
            out.writeArrayFieldStart("records");
            for (OutboxRecord record : records) {
              write(record, out);
            }
            out.writeEndArray();
            out.writeStringField("next", more ? token(records.get(records.size() - 1)) : null);
          }
        });
  }

  /** Whether there are more behind those that were added. */
  private boolean list(
      OutboxAdmin admin,
      OutboxStatus status,
      @Nullable OutboxRecord after,
      int limit,
      List<OutboxRecord> records) {
    OutboxRecord last = after;
    long bytes = 0;
    while (true) {
      List<OutboxRecord> some = admin.list(status, last, AT_ONCE);
      for (OutboxRecord record : some) {
        if (records.size() == limit || bytes >= limits.maxAnswerBytes()) {
          return true;
        }
        records.add(record);
        bytes += record.payload().bytes().length;
        last = record;
      }
      if (some.size() < AT_ONCE) {
        return false;
      }
    }
  }

  private static void write(OutboxRecord record, JsonGenerator out) throws IOException {
    out.writeStartObject();
    out.writeStringField("topic", record.topic());
    out.writeStringField("id", record.id());
    out.writeNumberField("ts", record.ts());
    out.writeNumberField("seq", record.seq());
    if (record.meta().key() != null) {
      out.writeStringField("key", record.meta().key());
    }
    EventJson.write(record.payload(), out);
    out.writeStringField("status", name(record.status()));
    out.writeNumberField("attempts", record.attempts());
    out.writeNumberField("due", record.due());
    out.writeStringField("err", record.lastError());
    out.writeEndObject();
  }

  /** {@code POST /outbox/{topic}/{id}/requeue}. */
  Answer requeue(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String id = Names.id(ask.path().get(2));
    ask.requireNoBody();
    ask.query();
    ask.caller().requireAction(topic);
    if (!outbox().requeue(topic, id, timing.millis())) {
      throw rests();
    }
    return LetterEndpoints.done(topic, id, "requeued");
  }

  /** {@code DELETE /outbox/{topic}/{id}}. */
  Answer drop(Ask ask) throws IOException, OpsError {
    String topic = Names.topic(ask.path().get(1));
    String id = Names.id(ask.path().get(2));
    ask.requireNoBody();
    ask.query();
    ask.caller().requireAction(topic);
    if (!outbox().drop(topic, id, timing.millis())) {
      throw rests();
    }
    return LetterEndpoints.done(topic, id, "dropped");
  }

  private static OpsError rests() {
    return OpsError.notFound("there is no such record that rests as an error");
  }

  private OutboxAdmin outbox() throws OpsError {
    if (outbox == null) {
      throw OpsError.notFound("this process has no outbox to show");
    }
    return outbox;
  }

  private static @Nullable OutboxStatus status(Query query) throws OpsError {
    String given = query.text("status");
    if (given == null) {
      return null;
    }
    for (OutboxStatus status : OutboxStatus.values()) {
      if (name(status).equals(given)) {
        return status;
      }
    }
    throw OpsError.badRequest("status must be pending, claimed, sent or error");
  }

  private static String name(OutboxStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  /* What a store goes on from: the order is by topic and id, or by time before that. */
  private static String token(OutboxRecord last) {
    return last.ts() + "/" + last.topic() + "/" + last.id();
  }

  private static @Nullable OutboxRecord after(Query query, @Nullable OutboxStatus status)
      throws OpsError {
    String after = query.text("after");
    if (after == null) {
      return null;
    }
    String[] parts = after.split("/", 3);
    if (status == null || parts.length != 3 || !parts[0].matches("-?[0-9]{1,18}")) {
      throw OpsError.badRequest("after must be the next of an answer with the same status");
    }
    return new OutboxRecord(
        Names.topic(parts[1]),
        Names.id(parts[2]),
        Long.parseLong(parts[0]),
        Payload.NULL,
        EventMeta.NONE,
        0,
        false,
        false,
        status,
        0,
        0,
        null);
  }
}
