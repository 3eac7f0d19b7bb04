package io.promlib.testkit;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Events to append, and what a topic holds of them. */
final class Drafts {
  private static final AtomicLong MADE = new AtomicLong();

  private Drafts() {}

  static Draft plain() {
    return plain(0);
  }

  static Draft plain(long ts) {
    return draft("made-" + MADE.incrementAndGet(), false, ts, EventMeta.NONE);
  }

  static Draft withId(String id) {
    return draft(id, true, 0, EventMeta.NONE);
  }

  static Draft withKey(String key) {
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
    return draft("made-" + MADE.incrementAndGet(), false, 0, meta);
  }

  /** With a payload of so many bytes. */
  static Draft large(String key, int bytes) {
    EventMeta meta = new EventMeta(key, Map.of(), List.of(), List.of(), null);
    Payload payload = Payload.json("\"" + "x".repeat(bytes - 2) + "\"");
    return new Draft("made-" + MADE.incrementAndGet(), false, 0, payload, meta);
  }

  static List<Draft> plain(int count, long ts) {
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drafts.add(plain(ts));
    }
    return drafts;
  }

  /** Reads to the tail in pages of 100. */
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

  private static Draft draft(String id, boolean given, long ts, EventMeta meta) {
    return new Draft(id, given, ts, Payload.json("{\"id\":\"" + id + "\"}"), meta);
  }
}
