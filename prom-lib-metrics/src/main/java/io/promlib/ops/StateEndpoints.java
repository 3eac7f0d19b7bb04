package io.promlib.ops;

import io.promlib.bus.EventBus;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Names;
import io.promlib.state.Snapshot;
import io.promlib.state.SnapshotPage;
import io.promlib.state.Snapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/** What is latest by key. */
final class StateEndpoints {
  private static final int KEYS_AT_ONCE = 100;

  /** Keys that one request looks at: those not sought give nothing and cost as much. */
  private static final int MOST_KEYS = 5000;

  private final EventBus bus;
  private final OpsLimits limits;

  StateEndpoints(EventBus bus, OpsLimits limits) {
    this.bus = bus;
    this.limits = limits;
  }

  /** {@code GET /latest-by-key?topic=&key=}: the event, or null for a key without or deleted. */
  Answer latest(Ask ask) throws IOException, OpsError {
    Query query = ask.query("topic", "key");
    String topic = query.required("topic", "the topic");
    String key = query.required("key", "the key");
    ask.caller().requireRead(Names.topic(topic));
    Optional<EventRecord> event =
        bus.admin().latest(topic, key).filter(latest -> !latest.payload().isNull());
    ByteArrayOutputStream json = new ByteArrayOutputStream();
    if (event.isEmpty()) {
      json.writeBytes("null".getBytes(StandardCharsets.UTF_8));
    } else {
      try (var out = Json.parsers().generator(json)) {
        EventJson.write(event.get(), out);
      }
    }
    return new Answer(200, "application/json", json.toByteArray());
  }

  /**
   * {@code GET /snapshots?topic=&q=&after=&limit=}: the snapshots of a topic by key, without those
   * of deleted keys. A page may be short, or empty, where {@code next} names the key to go on from.
   */
  Answer snapshots(Ask ask) throws IOException, OpsError {
    Query query = ask.query("topic", "q", "after", "limit");
    String topic = query.required("topic", "the topic");
    String sought = query.sought();
    String after = query.text("after");
    int limit = query.limit();
    ask.caller().requireRead(Names.topic(topic));
    Snapshots snapshots = Snapshots.of(bus, topic);
    OptionalLong floor = snapshots.floor();
    List<Snapshot> found = new ArrayList<>();
    String next = after == null ? null : Names.key(after);
    long bytes = 0;
    int looked = 0;
    boolean full = false;
    do {
      SnapshotPage page = snapshots.page(next, KEYS_AT_ONCE);
      next = page.next();
      for (Snapshot snapshot : page.snapshots()) {
        if (full) {
          break;
        }
        if (!snapshot.isTombstone() && snapshot.key().toLowerCase(Locale.ROOT).contains(sought)) {
          found.add(snapshot);
          bytes += snapshot.payload().bytes().length;
          full = found.size() == limit || bytes >= limits.maxAnswerBytes();
          if (full && !isLast(snapshot, page)) {
            next = snapshot.key();
          }
        }
      }
      looked += page.snapshots().size();
    } while (next != null && !full && looked < MOST_KEYS);
    String goOn = next;
    return Answer.json(
        out -> {
          out.writeStringField("topic", topic);
          TopicsEndpoint.number(out, "floor", floor.isPresent() ? floor.getAsLong() : null);
          out.writeArrayFieldStart("snapshots");
          for (Snapshot snapshot : found) {
            out.writeStartObject();
            out.writeStringField("key", snapshot.key());
            EventJson.write(snapshot.payload(), out);
            out.writeNumberField("ts", snapshot.ts());
            out.writeNumberField("seq", snapshot.seq());
            out.writeStringField("id", snapshot.id());
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeStringField("next", goOn);
        });
  }

  private static boolean isLast(Snapshot snapshot, SnapshotPage page) {
    List<Snapshot> all = page.snapshots();
    return page.next() == null && snapshot.key().equals(all.get(all.size() - 1).key());
  }
}
