package io.promlib.mongo;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Events to append, and what a topic holds. */
final class Events {
  static final String TOPIC = "orders.placed";
  static final long NOW = 1_700_000_000_000L;

  private Events() {}

  static Draft event(String id) {
    return new Draft(id, true, 0, Payload.json("{\"id\":\"" + id + "\"}"), EventMeta.NONE);
  }

  static Draft keyed(String id, String key) {
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return new Draft(id, true, 0, Payload.json("7"), meta);
  }

  /** Events with ids of this prefix and a number from 1. */
  static List<Draft> events(String prefix, int count) {
    List<Draft> all = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      all.add(event(prefix + i));
    }
    return all;
  }

  static List<EventRecord> all(EventStore store, String topic) {
    List<EventRecord> all = new ArrayList<>();
    long from = 1;
    while (true) {
      Page page = store.read(topic, from, 100);
      if (page.events().isEmpty()) {
        return all;
      }
      all.addAll(page.events());
      from = page.events().get(page.events().size() - 1).seq() + 1;
    }
  }

  static List<Long> seqs(EventStore store, String topic) {
    return all(store, topic).stream().map(EventRecord::seq).toList();
  }

  static List<String> ids(EventStore store, String topic) {
    return all(store, topic).stream().map(EventRecord::id).toList();
  }
}
