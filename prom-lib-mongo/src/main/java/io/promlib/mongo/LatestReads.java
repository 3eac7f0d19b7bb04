package io.promlib.mongo;

import io.promlib.event.EventRecord;
import io.promlib.mongo.EventDocuments.StoredEvent;
import io.promlib.store.LatestPage;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * Reads the newest events of keys: their positions from the index first, then the events by those.
 */
final class LatestReads {
  private static final int KEYS_AT_ONCE = 256;
  private static final int ENTRIES_AT_ONCE = 1024;
  private static final int SEQS_AT_ONCE = 1000;

  private final Database database;

  LatestReads(Database database) {
    this.database = database;
  }

  Optional<EventRecord> latest(String topic, String key, long atMost) {
    return Reads.one(database.find(Query.latest(topic, key, atMost)));
  }

  void latest(String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
    Map<Long, String> left = new HashMap<>();
    latestSeqs(topic, keys, atMost).forEach((key, seq) -> left.put(seq, key));
    List<Long> seqs = left.keySet().stream().sorted().toList();
    int from = 0;
    while (from < seqs.size()) {
      List<Long> some = seqs.subList(from, Math.min(seqs.size(), from + SEQS_AT_ONCE));
      long last = some.get(some.size() - 1);
      Found found = found(topic, some, LatestPage.ENOUGH_BYTES);
      for (EventRecord event : found.events()) {
        left.remove(event.seq());
        each.accept(event);
      }
      if (found.isCut()) {
        last = found.last();
      }
      while (from < seqs.size() && seqs.get(from) <= last) {
        from++;
      }
    }
    for (String key : left.values()) {
      latest(topic, key, atMost).ifPresent(each);
    }
  }

  /**
   * Keys are found by leaping from one to the next, events then read by their positions. A key
   * whose events go in between leaves room for the next one, so that only the last page is empty.
   */
  LatestPage latestPage(String topic, @Nullable String after, int limit, long atMost) {
    List<EventRecord> page = new ArrayList<>();
    String last = after == null ? "" : after;
    long room = LatestPage.ENOUGH_BYTES;
    while (page.size() < limit) {
      int wanted = Math.min(KEYS_AT_ONCE, limit - page.size());
      Map<String, Long> newest = newestOfKeys(topic, last, wanted, atMost);
      if (newest.isEmpty()) {
        return new LatestPage(page, null);
      }
      List<String> keys = new ArrayList<>(newest.keySet());
      Found found = found(topic, List.copyOf(newest.values()), room);
      /*
       * What was read is the first in the order of positions, and a page holds the first in that of keys. So if it was
       * too much, as many keys as came, and then ever fewer, are asked for by themselves.
       */
      while (found.isCut() && keys.size() > 1) {
        int fewer = Math.max(1, Math.min(found.events().size(), keys.size() / 2));
        keys = keys.subList(0, fewer);
        found = found(topic, keys.stream().map(newest::get).toList(), room);
      }
      boolean isEnd = keys.size() == newest.size() && newest.size() < wanted;
      addInOrder(topic, keys, newest, found, atMost, page);
      last = keys.get(keys.size() - 1);
      room -= found.bytes();
      if (isEnd) {
        return new LatestPage(page, null);
      }
      if (!page.isEmpty() && (room <= 0 || keys.size() < newest.size())) {
        break;
      }
      room = Math.max(1, room);
    }
    return new LatestPage(page, last);
  }

  private void addInOrder(
      String topic,
      List<String> keys,
      Map<String, Long> newest,
      Found found,
      long atMost,
      List<EventRecord> page) {
    Map<Long, EventRecord> bySeq = new HashMap<>();
    found.events().forEach(event -> bySeq.put(event.seq(), event));
    for (String key : keys) {
      EventRecord event = bySeq.get(newest.get(key));
      // Removed in between: then an older one is the newest, or a newer one came.
      (event == null ? latest(topic, key, atMost) : Optional.of(event)).ifPresent(page::add);
    }
  }

  /**
   * The events at some positions, lowest first.
   *
   * @param last the position that was come to
   * @param isCut whether there may be more, which were too many bytes
   */
  private record Found(List<EventRecord> events, long last, long bytes, boolean isCut) {}

  private Found found(String topic, List<Long> seqs, long room) {
    List<RawBsonDocument> documents = database.find(Query.seqs(topic, seqs), room);
    List<EventRecord> events = new ArrayList<>(documents.size());
    long last = 0;
    long bytes = 0;
    for (RawBsonDocument document : documents) {
      StoredEvent event = EventDocuments.decode(document);
      last = event.seq();
      bytes += document.getByteBuffer().remaining();
      if (!event.isGone()) {
        events.add(event.record());
      }
    }
    return new Found(events, last, bytes, bytes >= room && documents.size() < seqs.size());
  }

  /*
   * A stretch of the index holds many keys when each has few events; when they have many, each stretch still leads to one
   * key more. Never is more of the topic read than that.
   */
  private Map<String, Long> newestOfKeys(String topic, String after, int limit, long atMost) {
    Map<String, Long> newest = new LinkedHashMap<>();
    String last = after;
    while (newest.size() < limit) {
      List<RawBsonDocument> entries =
          database.find(Query.keysAfter(topic, last, atMost, KEYS_AT_ONCE));
      for (RawBsonDocument entry : entries) {
        String key = entry.getString("key").getValue();
        if (newest.size() < limit) {
          newest.putIfAbsent(key, entry.getInt64("seq").getValue());
        }
        last = key;
      }
      if (entries.size() < KEYS_AT_ONCE) {
        return newest;
      }
    }
    return newest;
  }

  /* As above: a stretch that was cut off told of some keys, and of each of those the newest. */
  Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost) {
    Map<String, Long> newest = new LinkedHashMap<>();
    Set<String> left = new LinkedHashSet<>(keys);
    while (!left.isEmpty()) {
      List<String> some = left.stream().limit(KEYS_AT_ONCE).toList();
      List<RawBsonDocument> entries =
          database.find(Query.ofKeys(topic, some, atMost, ENTRIES_AT_ONCE));
      for (RawBsonDocument entry : entries) {
        String key = entry.getString("key").getValue();
        newest.putIfAbsent(key, entry.getInt64("seq").getValue());
        left.remove(key);
      }
      if (entries.size() < ENTRIES_AT_ONCE) {
        some.forEach(left::remove);
      }
    }
    return newest;
  }
}
