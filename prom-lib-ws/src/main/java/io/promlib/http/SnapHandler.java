package io.promlib.http;

import com.fasterxml.jackson.databind.node.TextNode;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.Identity;
import io.promlib.bus.EventBus;
import io.promlib.event.EventJson;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Names;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /snap/{topic}/{key}} and {@code GET /snap/{topic}}: the latest event of a key, or of
 * all, a page at a time. A key that was deleted is not there.
 */
final class SnapHandler {
  /** A page of the largest events fits into memory. */
  private static final int KEYS_AT_ONCE = 64;

  /** Keys that one request looks at: those that were deleted give nothing and cost as much. */
  private static final int MOST_KEYS = 2 * Given.MOST_EVENTS;

  private final EventBus bus;
  private final ReadAccess access;
  private final HttpLimits limits;

  SnapHandler(EventBus bus, ReadAccess access, HttpLimits limits) {
    this.bus = bus;
    this.access = access;
    this.limits = limits;
  }

  /**
   * Answers for a path.
   *
   * @param path what follows {@code /snap/}: a topic, or a topic and, behind the first slash, a key
   */
  void handle(HttpExchange exchange, Body body, String address, String path)
      throws IOException, HttpError {
    Identity identity = access.identify(exchange, body, address);
    int slash = path.indexOf('/');
    String rawTopic = slash < 0 ? path : path.substring(0, slash);
    String topic = ReadAccess.topic(Percent.decode("the topic", rawTopic, false), identity);
    String rawQuery = exchange.getRequestURI().getRawQuery();
    if (slash < 0) {
      Query query = Query.of(rawQuery, List.of("after", "limit", "at"));
      Instant at = at(query);
      String after = query.text("after");
      String behind = after == null ? null : Given.of("after", () -> Names.key(after));
      int limit = Given.limit(query);
      access.inPlace(
          address, () -> page(exchange, topic, Moment.of(bus, topic, at), behind, limit));
    } else {
      Instant at = at(Query.of(rawQuery, List.of("at")));
      String key = Percent.decode("the key", path.substring(slash + 1), false);
      Given.of("key", () -> Names.key(key));
      access.inPlace(address, () -> one(exchange, Moment.of(bus, topic, at), key));
    }
  }

  private static @Nullable Instant at(Query query) throws HttpError {
    Long at = query.number("at", "epoch milliseconds");
    return at == null ? null : Instant.ofEpochMilli(at);
  }

  private static void one(HttpExchange exchange, Moment moment, String key)
      throws IOException, HttpError {
    Optional<EventRecord> latest = moment.latest(key);
    if (latest.isEmpty()) {
      throw new HttpError(404, "not_found", "the topic holds no event of this key");
    }
    Tag tag = new Tag();
    tag.add(latest.get());
    if (!tag.isKnown(exchange)) {
      ByteArrayOutputStream json = new ByteArrayOutputStream();
      try (var out = Json.parsers().generator(json)) {
        EventJson.write(latest.get(), out);
      }
      Answer.send(exchange, "application/json", json.toByteArray());
    }
  }

  private void page(
      HttpExchange exchange, String topic, Moment moment, @Nullable String after, int limit)
      throws IOException, HttpError {
    EventList list = new EventList(limits.maxAnswerBytes());
    Tag tag = new Tag();
    String next = after;
    int asked = 0;
    do {
      int some = Math.min(KEYS_AT_ONCE, limit - list.count());
      Moment.Keys keys = moment.page(next, some);
      asked += some;
      next = keys.next();
      for (EventRecord event : keys.events()) {
        if (list.isFull()) {
          break;
        }
        list.add(event);
        tag.add(event);
        next = list.isFull() ? event.key() : keys.next();
      }
    } while (next != null && asked < MOST_KEYS && list.count() < limit && !list.isFull());
    tag.add(next == null ? "" : next);
    if (!tag.isKnown(exchange)) {
      list.send(exchange, topic, next == null ? null : TextNode.valueOf(next), 0);
    }
  }
}
