package io.promlib.mongo;

import io.promlib.mongo.EventDocuments.StoredEvent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bson.RawBsonDocument;

/** Asks the server which topics that somebody listens to have grown: one query for all of them. */
final class Poller {
  static final int MOST_AT_ONCE = 1000;

  private final Database database;
  private final Listeners listeners;

  /* How far each topic was seen to reach; what is behind it is news. */
  private final ConcurrentHashMap<String, Long> known = new ConcurrentHashMap<>();

  Poller(Database database, Listeners listeners) {
    this.database = database;
    this.listeners = listeners;
  }

  /** Notes an append that listeners hear of anyway. */
  void noted(String topic, long seq) {
    known.computeIfPresent(topic, (name, before) -> Math.max(before, seq));
  }

  /**
   * Tells the listeners of topics that have grown, and of those with events that are listened to
   * since the last call.
   *
   * @return how many topics that were
   * @throws io.promlib.PromException if the server does not answer
   */
  int pollOnce() {
    List<String> topics = List.copyOf(listeners.topics());
    known.keySet().retainAll(listeners.topics());
    List<String> grown = new ArrayList<>();
    Map<String, Long> asked = new HashMap<>();
    for (String topic : topics) {
      Long before = known.get(topic);
      if (before == null) {
        List<RawBsonDocument> newest = database.find(Query.newest(topic).positions());
        known.put(topic, newest.isEmpty() ? 0 : EventDocuments.decode(newest.get(0)).seq());
        // It may have grown since somebody listens.
        grown.addAll(newest.isEmpty() ? List.of() : List.of(topic));
      } else {
        asked.put(topic, before);
      }
    }
    if (!asked.isEmpty()) {
      grown.addAll(news(asked));
    }
    grown.forEach(listeners::tell);
    return grown.size();
  }

  private List<String> news(Map<String, Long> asked) {
    Map<String, Long> news = new HashMap<>();
    for (RawBsonDocument document : database.find(Query.grown(asked, MOST_AT_ONCE))) {
      StoredEvent event = EventDocuments.decode(document);
      news.merge(event.record().topic(), event.seq(), Math::max);
    }
    news.forEach(this::noted);
    return List.copyOf(news.keySet());
  }
}
