package io.promlib.mongo;

import com.mongodb.client.ClientSession;
import com.mongodb.client.model.Accumulators;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import io.promlib.outbox.OutboxRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** Decides which claimed records may go out now, by the order of their keys. */
final class OutboxOrder {
  /*
   * A record goes out only when no record of its key with a lower place is unsent, but for those of the same claim.
   *
   * The query that found it may have seen place n+1 and not n, although n committed first: it walks an index while
   * records come and move. So what decides is one read that begins when the claim is acknowledged by a majority. Place n
   * committed before n+1 was inserted, which was before the claim: what this read sees at a majority holds n. It runs in
   * the causally consistent session of the claim, so that this is so on another primary too.
   *
   * It walks {topic, key, seq}. No field of that index changes while a record is unsent, and a record leaves it only when
   * it is sent: whatever moves meanwhile, an unsent record stays where it is and is met. With the status in the index
   * a record that another drainer takes, or hands back, moves in it, from before the walk to behind it or the other way,
   * and a walk that misses it lets n+1 go out before n.
   *
   * With a caller's order there may be a place that nobody added yet. There `sent`, the last place that was published or
   * dropped, decides: places go out up to `sent`, which were published before a crash and are only to be marked, and
   * from there on without a gap. A `sent` that is out of date is too low, and holds back.
   */

  /** What holds a key back: the lowest unsent record of it that somebody else has, or nobody. */
  record Blocker(
      String id, long seq, String status, long due, long added, @Nullable Long waitedSince) {}

  /**
   * Records of one key that may not go out.
   *
   * @param blocked in their order
   * @param by null if what is missing before them was not added yet
   */
  record Held(List<OutboxRecord> blocked, @Nullable Blocker by) {
    OutboxRecord first() {
      return blocked.get(0);
    }
  }

  /**
   * @param free what may go out, each key in its order
   */
  record Verdict(List<OutboxRecord> free, List<Held> held) {}

  private final OutboxDatabase database;

  OutboxOrder(OutboxDatabase database) {
    this.database = database;
  }

  /**
   * Judges records that were claimed with this token, which a majority has acknowledged.
   *
   * @param session the one that the claim was made in
   */
  Verdict judge(@Nullable ClientSession session, List<OutboxRecord> claimed, String token) {
    List<OutboxRecord> free = new ArrayList<>();
    Map<String, List<OutboxRecord>> counted = new LinkedHashMap<>();
    Map<String, List<OutboxRecord>> given = new LinkedHashMap<>();
    for (OutboxRecord record : sorted(claimed)) {
      String key = OutboxDocuments.key(record);
      if (key == null) {
        free.add(record);
      } else {
        (record.ordered() ? given : counted)
            .computeIfAbsent(key, unseen -> new ArrayList<>())
            .add(record);
      }
    }
    Map<String, Long> reached = reached(session, given);
    Map<String, List<OutboxRecord>> open = new LinkedHashMap<>(counted);
    // A key has the one order or the other; where a host mixed them both wait for the lowest.
    given.forEach((key, records) -> open.merge(key, records, OutboxOrder::both));
    List<Held> held = new ArrayList<>();
    if (!open.isEmpty()) {
      Map<String, Blocker> blockers = blockers(session, open, token);
      open.forEach(
          (key, records) ->
              judge(records, reached.getOrDefault(key, 0L), blockers.get(key), free, held));
    }
    return new Verdict(free, held);
  }

  private static void judge(
      List<OutboxRecord> records,
      long reached,
      @Nullable Blocker by,
      List<OutboxRecord> free,
      List<Held> held) {
    List<OutboxRecord> blocked = new ArrayList<>();
    for (OutboxRecord record : records) {
      boolean goes =
          (!record.ordered() || record.seq() <= reached) && (by == null || !isBefore(by, record));
      (goes ? free : blocked).add(record);
    }
    if (!blocked.isEmpty()) {
      boolean isBefore = by != null && isBefore(by, blocked.get(0));
      held.add(new Held(blocked, isBefore ? by : null));
    }
  }

  /* Of two with one place that of the lower id goes first, so that they do not wait for one another. */
  private static boolean isBefore(Blocker by, OutboxRecord record) {
    return by.seq() < record.seq()
        || (by.seq() == record.seq()
            && (by.status().equals(OutboxDocuments.ERROR)
                || by.id().compareTo(OutboxDocuments.id(record)) < 0));
  }

  private static List<OutboxRecord> both(List<OutboxRecord> some, List<OutboxRecord> more) {
    List<OutboxRecord> all = new ArrayList<>(some);
    all.addAll(more);
    return sorted(all);
  }

  private static List<OutboxRecord> sorted(List<OutboxRecord> records) {
    return records.stream()
        .sorted(Comparator.comparingLong(OutboxRecord::seq).thenComparing(OutboxRecord::id))
        .toList();
  }

  /** Up to which place there is no gap, of keys with a caller's order. */
  private Map<String, Long> reached(
      @Nullable ClientSession session, Map<String, List<OutboxRecord>> given) {
    Map<String, Long> reached = new HashMap<>();
    if (given.isEmpty()) {
      return reached;
    }
    Map<String, Long> sent = database.sent(session, given.keySet());
    given.forEach(
        (key, records) -> {
          long to = sent.getOrDefault(key, 0L);
          for (OutboxRecord record : records) {
            to = record.seq() == to + 1 ? record.seq() : to;
          }
          reached.put(key, to);
        });
    return reached;
  }

  /** Of each key the lowest unsent record without this token, if there is one. */
  private Map<String, Blocker> blockers(
      @Nullable ClientSession session, Map<String, List<OutboxRecord>> of, String token) {
    Map<String, Blocker> found = new HashMap<>();
    for (Document group :
        database.aggregate(
            session,
            "the order of claimed records was not checked",
            lowest(of.values(), token),
            OutboxIndexes.ORDER)) {
      Document first = Fields.document(group, "first");
      String key = OutboxDocuments.id(Fields.text(first, "topic"), Fields.text(first, "key"));
      Number waited = first.get("waited", Number.class);
      found.put(
          key,
          new Blocker(
              Fields.text(first, "_id"),
              Fields.number(first, "seq"),
              Fields.text(first, "status"),
              Fields.number(first, "due"),
              first.get("added") instanceof Number added ? added.longValue() : 0,
              waited == null ? null : waited.longValue()));
    }
    return found;
  }

  static List<Bson> lowest(Iterable<List<OutboxRecord>> keys, String token) {
    Set<String> topics = new TreeSet<>();
    Set<String> names = new TreeSet<>();
    long highest = 0;
    for (List<OutboxRecord> records : keys) {
      OutboxRecord last = records.get(records.size() - 1);
      topics.add(last.topic());
      names.add(String.valueOf(last.meta().key()));
      highest = Math.max(highest, last.seq());
    }
    return List.of(
        Aggregates.match(
            Filters.and(
                OutboxQuery.UNSENT,
                Filters.in("topic", topics),
                Filters.in("key", names),
                Filters.lte("seq", highest),
                Filters.ne("token", token))),
        Aggregates.sort(OutboxIndexes.ORDER),
        Aggregates.project(
            Projections.include("topic", "key", "seq", "status", "due", "added", "waited")),
        Aggregates.group(
            new Document("topic", "$topic").append("key", "$key"),
            Accumulators.first("first", "$$ROOT")));
  }
}
