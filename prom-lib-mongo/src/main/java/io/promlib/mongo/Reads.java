package io.promlib.mongo;

import io.promlib.event.EventRecord;
import io.promlib.mongo.EventDocuments.StoredEvent;
import io.promlib.store.Bounds;
import io.promlib.store.Extent;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.bson.RawBsonDocument;

/** Reads what is at a majority. */
final class Reads {
  /*
   * Events are read first and `first` after them, and only where something is missing: what was missing at the first read
   * and is not below `first` then was removed by compaction. Where nothing is missing any lower bound of `first` is true.
   */
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

  static Optional<EventRecord> one(List<RawBsonDocument> found) {
    return found.stream()
        .map(EventDocuments::decode)
        .filter(event -> !event.isGone())
        .map(StoredEvent::record)
        .findFirst();
  }
}
