package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.event.Utf8;
import io.promlib.store.LatestPage;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A page of a topic's latest laid over one of its snapshots. */
final class Overlay {
  /*
   * Both pages begin behind the same key, and the topic's was read first. Up to where the shorter one ends both tell of
   * every key. A key that is not on the topic's page had no event in the topic then: what it had was removed before, and
   * is in the snapshots, which are read later, if it ever came there. So the event stands where there is one, be it a
   * tombstone, and else the snapshot.
   */
  private Overlay() {}

  static LatestPage of(String topic, LatestPage events, SnapshotPage snapshots, int limit) {
    String end = lesser(events.next(), snapshots.next());
    TreeMap<String, EventRecord> all = new TreeMap<>(Utf8::compare);
    for (Snapshot snapshot : snapshots.snapshots()) {
      all.put(snapshot.key(), snapshot.event(topic));
    }
    for (EventRecord event : events.events()) {
      all.put(String.valueOf(event.key()), event);
    }
    List<EventRecord> page =
        (end == null ? all : all.headMap(end, true)).values().stream().limit(limit).toList();
    boolean isCut = page.size() == limit && (end != null || all.size() > limit);
    return new LatestPage(page, isCut ? page.get(limit - 1).key() : end);
  }

  private static @Nullable String lesser(@Nullable String one, @Nullable String other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return Utf8.compare(one, other) < 0 ? one : other;
  }
}
