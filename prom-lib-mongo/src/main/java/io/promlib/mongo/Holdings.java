package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import io.promlib.mongo.EventDocuments.StoredEvent;
import java.util.List;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** How much a topic holds. */
final class Holdings {
  private final Database database;
  private final TopicDocuments topics;

  Holdings(Database database, TopicDocuments topics) {
    this.database = database;
    this.topics = topics;
  }

  Tail newest(String topic) {
    List<RawBsonDocument> found = database.find(Query.newest(topic));
    return found.isEmpty() ? Tail.NONE : EventDocuments.decode(found.get(0)).tail();
  }

  /** The numbers of the first event from a position on, if there is one. */
  @Nullable Tail firstFrom(String topic, long seq) {
    List<RawBsonDocument> found = database.find(Query.from(topic, seq, 1).numbers());
    return found.isEmpty() ? null : EventDocuments.decode(found.get(0)).tail();
  }

  /** How many events there are from a position on, counted by the index. */
  long count(String topic, long first) {
    Bson from = Filters.and(Filters.eq("topic", topic), Filters.gte("seq", first));
    long all = database.count(from, Query.BY_SEQ);
    List<Long> emptied = all == 0 ? List.of() : topics.emptied(topic);
    if (emptied.isEmpty()) {
      return all;
    }
    Bson gone =
        Filters.and(
            Filters.eq("topic", topic),
            Filters.in("seq", emptied.stream().filter(seq -> seq >= first).toList()),
            Filters.eq("gone", true));
    return all - database.count(gone, Query.BY_SEQ);
  }

  /**
   * The sizes of all documents from a position to the tail, exact until single ones were removed.
   */
  long bytes(String topic, long first, Tail tail) {
    return Math.max(0, tail.bytes() - bytesBefore(topic, first, tail));
  }

  /** What the running sum of sizes was before a position. */
  long bytesBefore(String topic, long first, Tail tail) {
    List<RawBsonDocument> oldest = database.find(Query.from(topic, first, 1));
    if (oldest.isEmpty()) {
      return tail.bytes();
    }
    StoredEvent event = EventDocuments.decode(oldest.get(0));
    return event.isGone()
        ? event.tail().bytes()
        : event.tail().bytes() - oldest.get(0).getByteBuffer().remaining();
  }
}
