package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.UpdateManyModel;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.WriteModel;
import io.promlib.mongo.OutboxDatabase.Written;
import io.promlib.outbox.OutboxClaim;
import io.promlib.outbox.OutboxOutcome;
import io.promlib.outbox.OutboxRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** Writes down what became of claims. */
final class OutboxSettling {
  /*
   * Everything is one write: marks, then a write that changes nothing, then the waking of what waited behind sent records.
   * A mark's filter is the claim's token and the status `claimed`, so a claim that another one took over meets nothing, and
   * neither does the same write a second time. The token stays when a record is settled, until somebody claims it again:
   * the write that changes nothing is of all records that carry these tokens and are settled, and it alone counts as
   * matched without counting as modified. The difference is how many marks stand. If it is not all of them, one query
   * tells whose token is another; so a settle that is repeated after an answer that was lost finds its marks standing.
   *
   * With a caller's order `sent` is raised before the marks: a crash in between leaves a record that was published, unsent
   * and not above `sent`, which is claimed again, published again, which its id makes vanish, and marked. The other way
   * round a record could be marked and its successors wait forever. It is right to raise it whoever has the claim now,
   * for the record is published.
   */
  private final OutboxDatabase database;

  OutboxSettling(OutboxDatabase database) {
    this.database = database;
  }

  Set<OutboxClaim> settle(List<OutboxOutcome> outcomes, long now) {
    if (outcomes.isEmpty()) {
      return Set.of();
    }
    advance(outcomes);
    Written written =
        database.write("what became of records was perhaps not marked", writes(outcomes, now));
    if (written.matched() - written.modified() == outcomes.size()) {
      return Set.of();
    }
    return lost(outcomes.stream().map(OutboxOutcome::claim).toList());
  }

  Set<OutboxClaim> renew(List<OutboxClaim> claims, Duration lease, long now) {
    if (claims.isEmpty()) {
      return Set.of();
    }
    long end = Durations.later(now, lease);
    List<WriteModel<RawBsonDocument>> writes = new ArrayList<>();
    byToken(claims)
        .forEach(
            (token, ids) ->
                writes.add(
                    new UpdateManyModel<>(
                        claimed(ids, token),
                        Updates.combine(
                            Updates.set("lease_until", end), Updates.set("due", end)))));
    Written written = database.write("leases were perhaps not renewed", writes);
    return written.matched() == claims.size() ? Set.of() : lost(claims);
  }

  private void advance(List<OutboxOutcome> outcomes) {
    Map<String, Long> sent = new HashMap<>();
    for (OutboxOutcome outcome : outcomes) {
      OutboxRecord record = outcome.claim().record();
      String key = OutboxDocuments.key(record);
      if (outcome instanceof OutboxOutcome.Sent && record.ordered() && key != null) {
        sent.merge(key, record.seq(), Math::max);
      }
    }
    if (!sent.isEmpty()) {
      database.advance(sent);
    }
  }

  private static List<WriteModel<RawBsonDocument>> writes(List<OutboxOutcome> outcomes, long now) {
    List<WriteModel<RawBsonDocument>> writes = new ArrayList<>();
    List<OutboxClaim> all = new ArrayList<>();
    List<OutboxClaim> sent = new ArrayList<>();
    Map<Long, List<OutboxClaim>> handedBack = new LinkedHashMap<>();
    for (OutboxOutcome outcome : outcomes) {
      OutboxClaim claim = outcome.claim();
      all.add(claim);
      if (outcome instanceof OutboxOutcome.Sent) {
        sent.add(claim);
      } else if (outcome instanceof OutboxOutcome.HandedBack back) {
        handedBack.computeIfAbsent(back.due(), unseen -> new ArrayList<>()).add(claim);
      } else if (outcome instanceof OutboxOutcome.Retry retry) {
        writes.add(failed(claim, OutboxDocuments.PENDING, retry.due(), retry.error()));
      } else if (outcome instanceof OutboxOutcome.Failed failed) {
        writes.add(failed(claim, OutboxDocuments.ERROR, Long.MAX_VALUE, failed.error()));
      }
    }
    byToken(sent).forEach((token, ids) -> writes.add(sent(ids, token, now)));
    handedBack.forEach(
        (due, claims) ->
            byToken(claims)
                .forEach(
                    (token, ids) ->
                        writes.add(
                            new UpdateManyModel<>(
                                claimed(ids, token), free(OutboxDocuments.PENDING, due)))));
    byToken(all).forEach((token, ids) -> writes.add(countOf(ids, token)));
    writes.addAll(OutboxParking.wakes(sent.stream().map(OutboxClaim::record).toList()));
    return writes;
  }

  private static WriteModel<RawBsonDocument> sent(List<String> ids, String token, long now) {
    return new UpdateManyModel<>(
        claimed(ids, token),
        Updates.combine(
            Updates.set("status", OutboxDocuments.SENT),
            Updates.set("sent_at", now),
            Updates.unset("unsent"),
            Updates.unset("lease_until")));
  }

  private static WriteModel<RawBsonDocument> failed(
      OutboxClaim claim, String status, long due, String error) {
    return new UpdateOneModel<>(
        claimed(List.of(OutboxDocuments.id(claim.record())), claim.token()),
        Updates.combine(
            free(status, due),
            Updates.inc("attempts", 1),
            Updates.set("last_err", OutboxDocuments.error(error))));
  }

  private static Bson free(String status, long due) {
    return Updates.combine(
        Updates.set("status", status),
        Updates.set("due", due),
        Updates.unset("claimed_by"),
        Updates.unset("lease_until"));
  }

  private static WriteModel<RawBsonDocument> countOf(List<String> ids, String token) {
    return new UpdateManyModel<>(
        Filters.and(
            Filters.in("_id", ids),
            Filters.eq("token", token),
            Filters.ne("status", OutboxDocuments.CLAIMED)),
        Updates.set("token", token));
  }

  private static Bson claimed(List<String> ids, String token) {
    return Filters.and(
        Filters.in("_id", ids),
        Filters.eq("token", token),
        Filters.eq("status", OutboxDocuments.CLAIMED));
  }

  private static Map<String, List<String>> byToken(List<OutboxClaim> claims) {
    Map<String, List<String>> ids = new LinkedHashMap<>();
    for (OutboxClaim claim : claims) {
      ids.computeIfAbsent(claim.token(), unseen -> new ArrayList<>())
          .add(OutboxDocuments.id(claim.record()));
    }
    return ids;
  }

  /** Those that carry another token now, or are gone. */
  private Set<OutboxClaim> lost(List<OutboxClaim> claims) {
    List<String> ids =
        claims.stream().map(claim -> OutboxDocuments.id(claim.record())).distinct().toList();
    Map<String, @Nullable BsonValue> tokens = new HashMap<>();
    for (RawBsonDocument document : database.find(OutboxQuery.tokens(ids))) {
      tokens.put(document.getString("_id").getValue(), document.get("token"));
    }
    Set<OutboxClaim> lost = new LinkedHashSet<>();
    for (OutboxClaim claim : claims) {
      BsonString token = new BsonString(claim.token());
      if (!token.equals(tokens.get(OutboxDocuments.id(claim.record())))) {
        lost.add(claim);
      }
    }
    return lost;
  }
}
