package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.Sorts;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * Finds the event at a group's ack floor, whose id and time stand in its document for people and
 * tools; the bus never reads them. A query is made when the floor moved, and then only if the group
 * has nothing under way or the last query for it was a second ago. So under load a group costs one
 * query a second, and one that came to rest shows the event that it rests at.
 */
final class FloorEvents {
  private static final long EVERY = Duration.ofSeconds(1).toNanos();

  /* Beyond it all are forgotten: each group then costs one query more. */
  private static final int MOST_GROUPS = 10_000;

  private record Looked(long floor, long nanos) {}

  private final ConcurrentHashMap<GroupKey, Looked> looked = new ConcurrentHashMap<>();
  private final MongoCollection<Document> events;
  private final Timing timing;

  /**
   * @param patience how long a query may take
   */
  FloorEvents(MongoCollection<Document> events, Timing timing, Duration patience) {
    this.events = events.withTimeout(patience.toMillis(), TimeUnit.MILLISECONDS);
    this.timing = timing;
  }

  /** Its {@code id} and {@code ts}; null: leave what stands in the document. */
  @Nullable Document find(GroupKey group, GroupState state) {
    long floor = state.floor();
    long now = timing.nanos();
    Looked last = looked.get(group);
    if (floor < 1
        || (last != null
            && (last.floor() == floor || (state.unfinished() > 0 && now - last.nanos() < EVERY)))) {
      return null;
    }
    if (looked.size() >= MOST_GROUPS) {
      looked.clear();
    }
    looked.put(group, new Looked(floor, now));
    try {
      return events
          .find(Filters.and(Filters.eq("topic", group.topic()), Filters.lte("seq", floor)))
          .projection(Projections.fields(Projections.include("id", "ts"), Projections.excludeId()))
          .sort(Sorts.descending("seq"))
          .limit(1)
          .first();
    } catch (MongoException e) {
      return null; // the write comes next and says what is wrong
    }
  }

  void forget(GroupKey group) {
    looked.remove(group);
  }
}
