package io.promlib.mongo;

import io.promlib.mongo.EventDocuments.StoredEvent;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ObjLongConsumer;
import org.bson.RawBsonDocument;

/** Asks the server which topics that somebody listens to have grown: one query for all of them. */
final class Poller {
  static final int MOST_AT_ONCE = 1000;

  private final Database database;
  private final Listeners listeners;
  private final ObjLongConsumer<String> reached;

  /* How far each topic was seen to reach; what is behind it is news. */
  private final ConcurrentHashMap<String, Long> known = new ConcurrentHashMap<>();

  /**
   * @param reached is given a topic and a position that is there, before a listener is told
   */
  Poller(Database database, Listeners listeners, ObjLongConsumer<String> reached) {
    this.database = database;
    this.listeners = listeners;
    this.reached = reached;
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
    int grown = 0;
    Map<String, Long> asked = new HashMap<>();
    for (String topic : topics) {
      Long before = known.get(topic);
      if (before == null) {
        grown += met(topic) ? 1 : 0;
      } else {
        asked.put(topic, before);
      }
    }
    return asked.isEmpty() ? grown : grown + news(asked);
  }

  /* Told at once: a query that fails later in this call must not swallow what is known as told from now on. */
  private boolean met(String topic) {
    List<RawBsonDocument> newest = database.find(Query.newest(topic).positions());
    long seq = newest.isEmpty() ? 0 : EventDocuments.decode(newest.get(0)).seq();
    known.put(topic, seq);
    if (seq == 0) {
      return false;
    }
    // It may have grown since somebody listens.
    reached.accept(topic, seq);
    listeners.tell(topic);
    return true;
  }

  private int news(Map<String, Long> asked) {
    Map<String, Long> news = new HashMap<>();
    for (RawBsonDocument document : database.find(Query.grown(asked, MOST_AT_ONCE))) {
      StoredEvent event = EventDocuments.decode(document);
      news.merge(event.record().topic(), event.seq(), Math::max);
    }
    news.forEach(
        (topic, seq) -> {
          noted(topic, seq);
          reached.accept(topic, seq);
          listeners.tell(topic);
        });
    return news.size();
  }
}
