package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateManyModel;
import com.mongodb.client.model.UpdateOptions;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.WriteModel;
import io.promlib.PromException;
import io.promlib.mongo.OutboxOrder.Blocker;
import io.promlib.mongo.OutboxOrder.Held;
import io.promlib.outbox.OutboxRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts records off that are held back by another of their key, so that they hide nothing. */
final class OutboxParking {
  /*
   * What is held back by a record that is due, or will be, is due with it, and comes after it: then both are found
   * together. If a clock let it be added before that one, it moves behind it. Behind one that somebody is publishing it is put off a little, behind one in error for minutes, and all that
   * stands behind in the key with it: ten thousand records behind an error are found once and not a hundred times.
   *
   * Nobody sleeps longer than what he waits for. Whoever sends a record wakes what is parked of its key, in the same write
   * and after the mark. Whoever parks looks afterwards whether the blocker is still unsent. If it is, the sender's write
   * comes later, and meets what is parked. If not, who parked wakes it himself. He looks by a write, `waited`, as that
   * meets the newest state, and the time in it tells the next one how long the blocker has held others back. Who parks behind
   * a gap reads `sent` again, which is raised before a mark and so before the waking. An operator
   * who frees a blocker wakes too. What a crash in between leaves parked is due by itself when its time is over.
   */
  static final Duration BEHIND_ERROR = Duration.ofMinutes(5);
  static final Duration BEHIND_CLAIM = Duration.ofMillis(250);
  static final Duration BEHIND_GAP = Duration.ofSeconds(10);

  /* A claim that holds others back no longer than this has hardly begun: only what was met of them is put off. */
  private static final long YOUNG = 500;

  private static final Logger LOG = LoggerFactory.getLogger(OutboxParking.class);
  private static final Bson AWAKE =
      Updates.combine(Updates.set("due", 0L), Updates.unset("parked"));

  private final OutboxDatabase database;

  OutboxParking(OutboxDatabase database) {
    this.database = database;
  }

  /** Hands these back, uncounted. If that fails their leases end. */
  void park(List<Held> all, String token, long now) {
    List<WriteModel<RawBsonDocument>> writes = new ArrayList<>();
    Set<String> blockers = new HashSet<>();
    List<OutboxRecord> asleep = new ArrayList<>();
    List<OutboxRecord> behindGaps = new ArrayList<>();
    for (Held held : all) {
      Blocker by = held.by();
      long until = until(by, now);
      writes.add(handedBack(held, token, until, now));
      if (by == null || !isYoung(by, now)) {
        writes.add(putOff(held, until));
      }
      if (by != null && until > now) {
        blockers.add(by.id());
        asleep.add(held.first());
      } else if (by == null) {
        behindGaps.add(held.first());
      }
    }
    try {
      database.write("records that are held back were not handed back", writes);
      if (!blockers.isEmpty() && unsent(blockers, now) < blockers.size()) {
        wake(asleep);
      }
      if (!behindGaps.isEmpty()) {
        wake(reached(behindGaps));
      }
    } catch (PromException e) {
      LOG.debug("records that are held back are due again when leases or waits end", e);
    }
  }

  private List<OutboxRecord> reached(List<OutboxRecord> behindGaps) {
    List<String> keys =
        behindGaps.stream().map(OutboxDocuments::key).filter(Objects::nonNull).toList();
    Map<String, Long> sent = database.sent(null, keys);
    return behindGaps.stream()
        .filter(
            each ->
                each.seq() <= sent.getOrDefault(String.valueOf(OutboxDocuments.key(each)), 0L) + 1)
        .toList();
  }

  private static long until(@Nullable Blocker by, long now) {
    if (by == null) {
      return Durations.later(now, BEHIND_GAP);
    }
    if (by.status().equals(OutboxDocuments.ERROR)) {
      return Durations.later(now, BEHIND_ERROR);
    }
    if (!isHeld(by, now)) {
      return by.due();
    }
    Long since = by.waitedSince();
    long soFar = since == null ? 0 : now - since;
    return Math.min(by.due(), now + Math.max(soFar, BEHIND_CLAIM.toMillis()));
  }

  private static boolean isHeld(Blocker by, long now) {
    return by.status().equals(OutboxDocuments.CLAIMED) && by.due() > now;
  }

  private static boolean isYoung(Blocker by, long now) {
    Long since = by.waitedSince();
    return isHeld(by, now) && (since == null || now - since < YOUNG);
  }

  private static WriteModel<RawBsonDocument> handedBack(
      Held held, String token, long until, long now) {
    List<String> ids = held.blocked().stream().map(OutboxDocuments::id).toList();
    Blocker by = held.by();
    long behind = by == null || until > now ? 0 : by.added() + 1;
    return new UpdateManyModel<>(
        Filters.and(
            Filters.in("_id", ids),
            Filters.eq("token", token),
            Filters.eq("status", OutboxDocuments.CLAIMED)),
        Updates.combine(
            Updates.set("status", OutboxDocuments.PENDING),
            Updates.set("due", until),
            Updates.max("added", behind),
            Updates.set("parked", true),
            Updates.unset("claimed_by"),
            Updates.unset("lease_until")),
        OutboxDatabase.BY_ID);
  }

  /** Everything behind them too. */
  private static WriteModel<RawBsonDocument> putOff(Held held, long until) {
    OutboxRecord first = held.first();
    String key = first.meta().key();
    return new UpdateManyModel<>(
        Filters.and(
            OutboxQuery.UNSENT,
            Filters.eq("slot", OutboxDocuments.slot(first.topic(), key, first.id())),
            Filters.lt("due", until),
            Filters.eq("topic", first.topic()),
            Filters.eq("key", key),
            Filters.gt("seq", first.seq()),
            Filters.eq("status", OutboxDocuments.PENDING)),
        Updates.combine(Updates.set("due", until), Updates.set("parked", true)),
        new UpdateOptions().hint(OutboxIndexes.CLAIM));
  }

  private long unsent(Set<String> blockers, long now) {
    return database.update(
        null,
        "what holds records back was not marked",
        Filters.and(Filters.in("_id", blockers), OutboxQuery.UNSENT),
        Updates.min("waited", now));
  }

  /** Lets what is parked of the keys of these be found at once. */
  void wake(Collection<OutboxRecord> records) {
    List<WriteModel<RawBsonDocument>> wakes = wakes(records);
    if (!wakes.isEmpty()) {
      database.write("records that may go out were not woken", wakes);
    }
  }

  /** The writes that do so. */
  static List<WriteModel<RawBsonDocument>> wakes(Collection<OutboxRecord> records) {
    Map<String, Set<String>> keys = new TreeMap<>();
    for (OutboxRecord record : records) {
      String key = record.meta().key();
      if (key != null) {
        keys.computeIfAbsent(record.topic(), unseen -> new TreeSet<>()).add(key);
      }
    }
    List<WriteModel<RawBsonDocument>> wakes = new ArrayList<>();
    keys.forEach((topic, names) -> wakes.addAll(wakes(topic, names)));
    return wakes;
  }

  static List<WriteModel<RawBsonDocument>> wakes(String topic, Set<String> keys) {
    return List.of(
        new UpdateManyModel<>(
            parked(topic, keys), AWAKE, new UpdateOptions().hint(OutboxIndexes.PARKED)));
  }

  static Bson parked(String topic, Set<String> keys) {
    return Filters.and(
        Filters.eq("topic", topic), Filters.in("key", keys), Filters.eq("parked", true));
  }
}
