package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;

/** Removes events. */
final class Removal {
  /*
   * `first` is raised before anything below it goes, and the oldest go first: a reader that misses an event finds `first`
   * above it when it asks afterwards. A crash in between leaves events below `first`, which the next removal deletes.
   *
   * The newest event is what the next append builds on, so it is never deleted: it is emptied, keeping its numbers, and
   * deleted once there is a newer one. Whoever decides on it has read a tail that is at a majority; if a newer event came
   * meanwhile the emptied one is merely still there. Its position is noted in the topic's document, before and after it
   * is emptied: before, so that a crash leaves no emptied event that is not noted; after, as somebody who saw a newer
   * event may have struck the note off in between.
   */
  static final int AT_ONCE = 1000;

  private static final Bson EMPTY =
      Updates.combine(
          Updates.set("gone", true),
          Updates.unset("payload"),
          Updates.unset("payload_json"),
          Updates.unset("key"),
          Updates.unset("sid"),
          Updates.unset("headers"),
          Updates.unset("tags"),
          Updates.unset("caused_by"));

  private final Database database;
  private final TopicDocuments topics;
  private final Holdings holdings;
  private final Consumer<String> emptied;

  /**
   * @param emptied is given each topic whose newest event was emptied
   */
  Removal(Database database, TopicDocuments topics, Holdings holdings, Consumer<String> emptied) {
    this.emptied = emptied;
    this.database = database;
    this.topics = topics;
    this.holdings = holdings;
  }

  void removeBelow(String topic, long below) {
    Tail newest = holdings.newest(topic);
    if (newest.seq() == 0) {
      return;
    }
    long bound = Math.min(below, newest.seq() + 1);
    topics.raiseFirst(topic, bound);
    boolean more = true;
    while (more) {
      more = deleteSome(topic, bound, newest);
    }
  }

  /**
   * Removes the oldest events below a position that {@code first} was raised to, a bounded number
   * of them; tells whether there are more.
   */
  boolean deleteSome(String topic, long bound, Tail newest) {
    long below = Math.min(bound, newest.seq());
    List<RawBsonDocument> oldest = database.find(Query.below(topic, below, AT_ONCE).positions());
    if (!oldest.isEmpty()) {
      long last = EventDocuments.decode(oldest.get(oldest.size() - 1)).seq();
      database.deleteEvents(Filters.and(Filters.eq("topic", topic), Filters.lte("seq", last)));
    }
    if (oldest.size() == AT_ONCE) {
      return true;
    }
    sweep(topic, newest);
    if (bound > newest.seq()) {
      empty(topic, newest);
    }
    return false;
  }

  void remove(String topic, Collection<Long> seqs) {
    TreeSet<Long> positions = new TreeSet<>(seqs);
    if (positions.isEmpty()) {
      return;
    }
    Tail newest = holdings.newest(topic);
    List<Long> older = new ArrayList<>(positions.headSet(newest.seq()));
    for (int from = 0; from < older.size(); from += AT_ONCE) {
      List<Long> some = older.subList(from, Math.min(older.size(), from + AT_ONCE));
      database.deleteEvents(Filters.and(Filters.eq("topic", topic), Filters.in("seq", some)));
    }
    if (newest.seq() == 0) {
      return;
    }
    sweep(topic, newest);
    if (positions.contains(newest.seq())) {
      empty(topic, newest);
    }
  }

  private void empty(String topic, Tail newest) {
    if (newest.gone()) {
      return;
    }
    topics.noteEmptied(topic, newest.seq());
    database.updateEvent(
        Filters.and(Filters.eq("topic", topic), Filters.eq("seq", newest.seq())), EMPTY);
    topics.noteEmptied(topic, newest.seq());
    emptied.accept(topic);
  }

  /** Deletes emptied events that no longer mark the tail. */
  private void sweep(String topic, Tail newest) {
    List<Long> passed = topics.emptied(topic).stream().filter(seq -> seq < newest.seq()).toList();
    if (!passed.isEmpty()) {
      database.deleteEvents(
          Filters.and(
              Filters.eq("topic", topic), Filters.in("seq", passed), Filters.eq("gone", true)));
      topics.forgetEmptied(topic, passed);
    }
  }
}
