package io.promlib.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.Identity;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.replay.Replay;
import io.promlib.replay.Replayed;
import java.io.IOException;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code GET /replay}: a stretch of a topic in one answer, and where to go on. */
final class ReplayHandler {
  private static final List<String> FIELDS =
      List.of("topic", "from", "ts", "afterId", "seq", "limit");

  /** The field that each place to begin at needs, and no other may come with. */
  private static final Map<String, String> NEEDS =
      Map.of("earliest", "", "ts", "ts", "afterId", "afterId", "afterSeq", "seq");

  private final EventBus bus;
  private final ReadAccess access;
  private final HttpLimits limits;

  ReplayHandler(EventBus bus, ReadAccess access, HttpLimits limits) {
    this.bus = bus;
    this.access = access;
    this.limits = limits;
  }

  void handle(HttpExchange exchange, Body body, String address) throws IOException, HttpError {
    Identity identity = access.identify(exchange, body, address);
    Query query = Query.of(exchange.getRequestURI().getRawQuery(), FIELDS);
    String topic = ReadAccess.topic(query.text("topic"), identity);
    StartAt start = start(query);
    int limit = Given.limit(query);
    access.inPlace(address, () -> answer(exchange, topic, start, limit));
  }

  private void answer(HttpExchange exchange, String topic, StartAt start, int limit)
      throws IOException, HttpError {
    String field = start instanceof StartAt.AfterId ? "afterId" : "seq";
    Replay<JsonNode> replay =
        Given.of(field, () -> Replay.of(bus, topic).startAt(start).limit(limit).open());
    EventList list = new EventList(limits.maxAnswerBytes());
    Iterator<Replayed<JsonNode>> events = replay.iterator();
    while (!list.isFull() && events.hasNext()) {
      list.add(events.next().record());
    }
    /* What is asked for next is what stands behind a position. */
    boolean more = replay.position() <= replay.end();
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    list.send(
        exchange, topic, more ? LongNode.valueOf(replay.position() - 1) : null, replay.lost());
  }

  private static StartAt start(Query query) throws HttpError {
    String from = query.text("from") == null ? "earliest" : query.text("from");
    String needed = NEEDS.get(from);
    if (needed == null) {
      throw HttpError.badRequest("from must be earliest, ts, afterId or afterSeq");
    }
    for (Map.Entry<String, String> other : NEEDS.entrySet()) {
      String field = other.getValue();
      if (!field.isEmpty() && !field.equals(needed) && query.text(field) != null) {
        throw HttpError.badRequest(field + " goes with from=" + other.getKey() + " only");
      }
    }
    if (!needed.isEmpty() && query.text(needed) == null) {
      throw HttpError.badRequest(needed + " is missing; from=" + from + " needs it");
    }
    return start(query, from);
  }

  private static StartAt start(Query query, @Nullable String from) throws HttpError {
    if ("ts".equals(from)) {
      Long ts = query.number("ts", "epoch milliseconds");
      return new StartAt.Since(Instant.ofEpochMilli(ts == null ? 0 : ts));
    }
    if ("afterSeq".equals(from)) {
      Long seq = Given.seq(query, "seq", 0);
      return new StartAt.AfterSeq(seq == null ? 0 : seq);
    }
    String id = query.text("afterId");
    return id == null ? StartAt.EARLIEST : Given.of("afterId", () -> new StartAt.AfterId(id));
  }
}
