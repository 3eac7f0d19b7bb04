package io.promlib.mongo;

import io.promlib.event.EventRecord;
import io.promlib.mongo.EventDocuments.StoredEvent;
import io.promlib.store.Bounds;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/** Reads what is at a majority. */
final class Reads {
  /*
   * Events are read first and `first` after them, and only where something is missing: what was missing at the first read
   * and is not below `first` then was removed by compaction. Where nothing is missing any lower bound of `first` is true.
   */
  private static final int KEYS_AT_ONCE = 256;
  private static final int ENTRIES_AT_ONCE = 1024;
  private static final int SEQS_AT_ONCE = 1000;
  private static final int MOST_KNOWN = 10_000;

  /* Of documents as they are stored: a page of many events of the largest size would not fit into memory. */
  private static final long PAGE_BYTES = 8L << 20;

  private final Database database;
  private final TopicDocuments topics;
  private final Holdings holdings;

  /* A position that the topic reached: spares an idle reader the question where it ends. */
  private final ConcurrentHashMap<String, Long> reached = new ConcurrentHashMap<>();

  /* What is read may be older than what was read before, and `first` only rises. */
  private final ConcurrentHashMap<String, Long> firsts = new ConcurrentHashMap<>();

  Reads(Database database, TopicDocuments topics, Holdings holdings) {
    this.database = database;
    this.topics = topics;
    this.holdings = holdings;
  }

  /** Notes that a position is there, at a majority. */
  void reached(String topic, long seq) {
    raised(reached, topic, seq);
  }

  private long first(String topic) {
    return raised(firsts, topic, topics.first(topic));
  }

  private static long raised(ConcurrentHashMap<String, Long> known, String topic, long to) {
    if (known.size() >= MOST_KNOWN && !known.containsKey(topic)) {
      known.clear();
    }
    return known.merge(topic, to, Math::max);
  }

  Page read(String topic, long position, int limit) {
    long from = Math.max(1, position);
    if (limit == 0) {
      Bounds bounds = bounds(topic);
      return new Page(bounds.first(), Math.min(bounds.tail(), from - 1), List.of());
    }
    List<EventRecord> events = new ArrayList<>();
    long last = from - 1;
    boolean holes = false;
    int shown;
    do {
      List<RawBsonDocument> found = database.find(Query.from(topic, last + 1, limit), PAGE_BYTES);
      shown = found.size();
      for (RawBsonDocument document : found) {
        StoredEvent event = EventDocuments.decode(document);
        holes |= event.isGone() || event.seq() != last + 1;
        last = event.seq();
        if (!event.isGone()) {
          events.add(event.record());
        }
      }
      // Emptied events alone are no page: what is behind them is wanted.
    } while (events.isEmpty() && shown == limit);
    if (last < from) {
      return new Page(first(topic), tailBefore(topic, from), events);
    }
    reached(topic, last);
    return new Page(holes ? first(topic) : 1, last, events);
  }

  private long tailBefore(String topic, long from) {
    Long known = reached.get(topic);
    if (known != null && known >= from - 1) {
      return from - 1;
    }
    long tail = holdings.newest(topic).seq();
    if (tail > 0) {
      reached(topic, tail);
    }
    return Math.min(tail, from - 1);
  }

  /*
   * In this order first is at most tail + 1: it is never raised further than that. After a fail-over a majority read may
   * show less than was seen at a majority before; whoever was told of that and finds it missing would sleep over it.
   */
  Bounds bounds(String topic) {
    long first = first(topic);
    long tail = Math.max(holdings.newest(topic).seq(), first - 1);
    return new Bounds(first, Math.max(tail, reached.getOrDefault(topic, 0L)));
  }

  Extent extent(String topic) {
    long first = topics.first(topic);
    Tail newest = holdings.newest(topic);
    if (newest.seq() == 0) {
      return new Extent(first, 0, 0, 0);
    }
    long count = holdings.count(topic, first);
    long bytes = count == 0 ? 0 : holdings.bytes(topic, first, newest);
    return new Extent(first, newest.seq(), count, bytes);
  }

  Optional<EventRecord> find(String topic, String id) {
    String documentId = EventDocuments.documentId(topic, id);
    return one(database.find(Query.ids(topic, List.of(documentId), true)));
  }

  OptionalLong firstSince(String topic, long ts) {
    List<RawBsonDocument> found = database.find(Query.since(topic, ts));
    return found.isEmpty()
        ? OptionalLong.empty()
        : OptionalLong.of(EventDocuments.decode(found.get(0)).seq());
  }

  /* `at` never falls along seq, so the first later event is found by halving. */
  long lastUntil(String topic, long at) {
    Bounds bounds = bounds(topic);
    long low = bounds.first();
    long high = bounds.tail() + 1;
    long later = high;
    while (low < high) {
      long middle = low + (high - low) / 2;
      Tail event = holdings.firstFrom(topic, middle);
      if (event == null || event.at() > at) {
        high = middle;
        later = event == null ? later : Math.min(later, event.seq());
      } else {
        low = event.seq() + 1;
      }
    }
    return later - 1;
  }

  Optional<EventRecord> latest(String topic, String key, long atMost) {
    return one(database.find(Query.latest(topic, key, atMost)));
  }

  void latest(String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
    Map<Long, String> left = new HashMap<>();
    latestSeqs(topic, keys, atMost).forEach((key, seq) -> left.put(seq, key));
    List<Long> seqs = left.keySet().stream().sorted().toList();
    int from = 0;
    while (from < seqs.size()) {
      List<Long> some = seqs.subList(from, Math.min(seqs.size(), from + SEQS_AT_ONCE));
      long last = some.get(some.size() - 1);
      Found found = found(topic, some, PAGE_BYTES);
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

  private static Optional<EventRecord> one(List<RawBsonDocument> found) {
    return found.stream()
        .map(EventDocuments::decode)
        .filter(event -> !event.isGone())
        .map(StoredEvent::record)
        .findFirst();
  }
}
