package io.promlib.http;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Bounds;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.LongStream;

/** A store with one topic of so many events, each of which is made when it is read. */
final class MadeUpEvents {
  static final String TOPIC = "made.up";
  private static final long BEGIN = 1_700_000_000_000L;

  private MadeUpEvents() {}

  /** Only what reads is answered: a topic like this cannot be written. */
  static EventStore of(long count) {
    return (EventStore)
        Proxy.newProxyInstance(
            EventStore.class.getClassLoader(),
            new Class<?>[] {EventStore.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "bounds" -> new Bounds(1, count);
                  case "read" -> page((Long) arguments[1], (Integer) arguments[2], count);
                  case "firstSince" -> OptionalLong.of(1);
                  case "topics" -> List.of();
                  case "trim" -> false;
                  case "close" -> null;
                  case "hashCode" -> 1;
                  case "equals" -> proxy == arguments[0];
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static Page page(long from, int limit, long count) {
    return new Page(
        1,
        count,
        LongStream.rangeClosed(from, Math.min(count, from + limit - 1))
            .mapToObj(MadeUpEvents::event)
            .toList());
  }

  private static EventRecord event(long seq) {
    return new EventRecord(
        "event-" + seq,
        seq,
        BEGIN + seq,
        BEGIN + seq,
        TOPIC,
        Payload.json(
            "{\"order\":%d,\"cents\":%d,\"note\":\"nothing that was kept anywhere before\"}"
                .formatted(seq, seq * 7 % 10_000)),
        new EventMeta(
            "key-" + seq % 10_000, Map.of("traceparent", "00-" + seq), List.of(), List.of(), null));
  }
}
