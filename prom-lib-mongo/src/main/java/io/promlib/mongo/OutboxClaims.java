package io.promlib.mongo;

import com.mongodb.client.ClientSession;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.promlib.PromException;
import io.promlib.mongo.OutboxOrder.Verdict;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import io.promlib.store.Slots;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.bson.BsonString;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims records. */
final class OutboxClaims {
  /*
   * A round is: find what is due, whole; claim it with one write whose filter is what made it a candidate; where others
   * were faster, ask which of it is ours; let OutboxOrder judge; hand back what may not go. The number of calls does not
   * depend on how many records there are. Nobody else has the round's token, so what carries it is ours until its lease
   * ends and somebody takes it. A process that dies in a round leaves records whose leases end.
   *
   * A claim is the field `due`, set to the lease's end: who looks for what is due finds leases that ended without
   * looking for them. Looking begins in a slot that moves on with each claim, so that drainers meet in few places.
   *
   * What is fresh is due at 0 and comes before what waited. So where a claim found as much as it might, the next one takes
   * up to a half from what waited: records that come faster than they go cannot keep a retry, or what a crash left, forever.
   * A claim that found less found both.
   *
   * A round may come to nothing although there is something: others took it all, or it all was held back. The records
   * that held it up are out of the way then, so another round is worth it; how many there are has a bound.
   */
  private static final Logger LOG = LoggerFactory.getLogger(OutboxClaims.class);
  private static final int ROUNDS = 10;
  private static final int MOST_AT_ONCE = 10_000;
  private static final long MOST_BYTES = 8L << 20;

  private final OutboxDatabase database;
  private final OutboxOrder order;
  private final OutboxParking parking;

  /* A hint: two threads that take the same one look in the same place. */
  private volatile int start = ThreadLocalRandom.current().nextInt(Slots.COUNT);

  private volatile int startOfWaited;
  private volatile boolean waitedFirst;

  OutboxClaims(OutboxDatabase database, OutboxParking parking) {
    this.database = database;
    this.order = new OutboxOrder(database);
    this.parking = parking;
  }

  List<OutboxClaim> claim(String owner, int limit, Duration lease, long now) {
    int most = Math.min(limit, MOST_AT_ONCE);
    for (int i = 0; i < ROUNDS; i++) {
      List<OutboxRecord> found = due(most, now);
      if (found.isEmpty()) {
        break;
      }
      List<OutboxClaim> claims = round(found, owner, lease, now);
      if (!claims.isEmpty()) {
        return claims;
      }
    }
    return List.of();
  }

  private List<OutboxClaim> round(
      List<OutboxRecord> found, String owner, Duration lease, long now) {
    String token = UUID.randomUUID().toString();
    try (ClientSession session = database.session()) {
      List<OutboxRecord> won = won(session, found, token, owner, lease, now);
      if (won.isEmpty()) {
        return List.of();
      }
      Verdict verdict = order.judge(session, won, token);
      if (!verdict.held().isEmpty()) {
        parking.park(verdict.held(), token, now);
      }
      return verdict.free().stream().map(record -> claimed(record, token)).toList();
    }
  }

  private static OutboxClaim claimed(OutboxRecord record, String token) {
    OutboxRecord held =
        new OutboxRecord(
            record.topic(),
            record.id(),
            record.ts(),
            record.payload(),
            record.meta(),
            record.seq(),
            record.ordered(),
            record.dropped(),
            OutboxStatus.CLAIMED,
            record.attempts(),
            record.due(),
            record.lastError());
    return new OutboxClaim(held, token);
  }

  private List<OutboxRecord> due(int limit, long now) {
    if (waitedFirst) {
      waitedFirst = false;
      List<RawBsonDocument> found = waitedAndFresh(limit, now);
      if (!found.isEmpty()) {
        return readable(found);
      }
    }
    int from = start;
    List<RawBsonDocument> found =
        database.find(null, OutboxQuery.due(from, Slots.COUNT - 1, now, limit), MOST_BYTES);
    long left = MOST_BYTES - size(found);
    if (found.size() < limit && from > 0 && left > 0) {
      found.addAll(
          database.find(null, OutboxQuery.due(0, from - 1, now, limit - found.size()), left));
    }
    // Where there was nothing, one look from the first slot on shows everything.
    start = behind(found);
    waitedFirst = found.size() >= limit || size(found) >= MOST_BYTES;
    return readable(found);
  }

  private List<RawBsonDocument> waitedAndFresh(int limit, long now) {
    int half = Math.max(1, limit / 2);
    int last = Slots.COUNT - 1;
    List<RawBsonDocument> found =
        database.find(null, OutboxQuery.waited(startOfWaited, last, now, half), MOST_BYTES);
    startOfWaited = found.size() < half ? 0 : behind(found);
    long left = MOST_BYTES - size(found);
    if (found.size() < limit && left > 0) {
      List<RawBsonDocument> fresh =
          database.find(null, OutboxQuery.fresh(start, last, limit - found.size()), left);
      start = behind(fresh);
      found.addAll(fresh);
    }
    return found;
  }

  private static int behind(List<RawBsonDocument> found) {
    return found.isEmpty() ? 0 : (slot(found.get(found.size() - 1)) + 1) % Slots.COUNT;
  }

  private static long size(List<RawBsonDocument> documents) {
    return documents.stream().mapToLong(each -> each.getByteBuffer().remaining()).sum();
  }

  private static int slot(RawBsonDocument document) {
    return document.getNumber("slot").intValue();
  }

  /** What cannot be read rests as an error, and holds up nothing else. */
  private List<OutboxRecord> readable(List<RawBsonDocument> documents) {
    List<OutboxRecord> records = new ArrayList<>();
    for (RawBsonDocument document : documents) {
      try {
        records.add(OutboxDocuments.decode(document));
      } catch (PromException e) {
        LOG.warn(
            "document {} in the outbox is no record; it rests as an error", document.get("_id"));
        database.update(
            null,
            "what is no record was not put to rest",
            Filters.eq("_id", document.get("_id")),
            Updates.combine(
                Updates.set("status", OutboxDocuments.ERROR),
                Updates.set("due", Long.MAX_VALUE),
                Updates.set("last_err", OutboxDocuments.error(String.valueOf(e.getMessage())))));
      }
    }
    return records;
  }

  private List<OutboxRecord> won(
      @Nullable ClientSession session,
      List<OutboxRecord> found,
      String token,
      String owner,
      Duration lease,
      long now) {
    if (found.isEmpty()) {
      return List.of();
    }
    long end = Durations.later(now, lease);
    long won =
        database.update(
            session,
            "records were not claimed",
            asFound(found, now),
            Updates.combine(
                Updates.set("status", OutboxDocuments.CLAIMED),
                Updates.set("claimed_by", owner),
                Updates.set("token", token),
                Updates.set("lease_until", end),
                Updates.set("due", end),
                Updates.unset("parked")));
    if (won == found.size()) {
      return found;
    }
    // Whoever was faster looks in the same place: elsewhere next time.
    start = ThreadLocalRandom.current().nextInt(Slots.COUNT);
    return won == 0 ? List.of() : ours(session, found, token);
  }

  private List<OutboxRecord> ours(
      @Nullable ClientSession session, List<OutboxRecord> found, String token) {
    List<String> ids = found.stream().map(OutboxDocuments::id).toList();
    Set<String> ours =
        database.find(session, OutboxQuery.tokens(ids), Long.MAX_VALUE).stream()
            .filter(document -> new BsonString(token).equals(document.get("token")))
            .map(document -> document.getString("_id").getValue())
            .collect(Collectors.toSet());
    return found.stream().filter(record -> ours.contains(OutboxDocuments.id(record))).toList();
  }

  /** Those that are due still, and were not dropped since they were read. */
  private static Bson asFound(List<OutboxRecord> found, long now) {
    List<String> ids = found.stream().map(OutboxDocuments::id).toList();
    List<String> dropped =
        found.stream().filter(OutboxRecord::dropped).map(OutboxDocuments::id).toList();
    Bson asDropped = Filters.exists("dropped", false);
    return Filters.and(
        Filters.in("_id", ids),
        OutboxQuery.UNSENT,
        Filters.lte("due", now),
        dropped.isEmpty() ? asDropped : Filters.or(Filters.in("_id", dropped), asDropped));
  }
}
