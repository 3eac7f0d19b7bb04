package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Projections;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import java.util.Collection;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * A query of records that names the index which serves it, filter and sort.
 *
 * @param doing what to say when it fails
 * @param limit the most documents, at least 1
 */
record OutboxQuery(
    String doing,
    Bson filter,
    @Nullable Bson sort,
    @Nullable Bson projection,
    Bson hint,
    int limit) {

  static final Bson UNSENT = Filters.eq("unsent", true);

  /** What is due in these slots, of each what is fresh first. */
  static OutboxQuery due(int fromSlot, int toSlot, long now, int limit) {
    return due(fromSlot, toSlot, Filters.lte("due", now), limit);
  }

  /** What is due in these slots and waited before: for a lease to end, a back-off, another one. */
  static OutboxQuery waited(int fromSlot, int toSlot, long now, int limit) {
    return due(
        fromSlot, toSlot, Filters.and(Filters.gt("due", 0L), Filters.lte("due", now)), limit);
  }

  /** What nobody has claimed or put off yet in these slots. */
  static OutboxQuery fresh(int fromSlot, int toSlot, int limit) {
    return due(fromSlot, toSlot, Filters.eq("due", 0L), limit);
  }

  private static OutboxQuery due(int fromSlot, int toSlot, Bson due, int limit) {
    return new OutboxQuery(
        "records that are due were not looked for",
        Filters.and(UNSENT, Filters.gte("slot", fromSlot), Filters.lte("slot", toSlot), due),
        OutboxIndexes.CLAIM,
        null,
        OutboxIndexes.CLAIM,
        limit);
  }

  /** Whose these records are. */
  static OutboxQuery tokens(Collection<String> documentIds) {
    return new OutboxQuery(
        "claims were not looked up",
        Filters.in("_id", documentIds),
        null,
        Projections.include("token"),
        OutboxIndexes.ID,
        documentIds.size());
  }

  static OutboxQuery byId(String documentId) {
    return new OutboxQuery(
        "a record was not looked up",
        Filters.eq("_id", documentId),
        null,
        Projections.include("_id"),
        OutboxIndexes.ID,
        1);
  }

  static OutboxQuery sentBefore(long time, int limit) {
    return new OutboxQuery(
        "sent records were not looked for",
        Filters.and(Filters.eq("status", OutboxDocuments.SENT), Filters.lt("sent_at", time)),
        OutboxIndexes.SENT,
        Projections.include("_id"),
        OutboxIndexes.SENT,
        limit);
  }

  /** By time; what is sent, and may be most of the collection, by id. */
  static OutboxQuery list(OutboxStatus status, @Nullable OutboxRecord after, int limit) {
    Bson of = Filters.eq("status", OutboxDocuments.name(status));
    boolean sent = status == OutboxStatus.SENT;
    Bson all = sent ? of : Filters.and(UNSENT, of);
    return new OutboxQuery(
        "records were not listed",
        after == null ? all : Filters.and(all, behind(after, sent)),
        sent ? OutboxIndexes.ID : Indexes.ascending("ts", "_id"),
        null,
        sent ? OutboxIndexes.ID : OutboxIndexes.UNSENT,
        limit);
  }

  private static Bson behind(OutboxRecord after, boolean sent) {
    Bson later = Filters.gt("_id", OutboxDocuments.id(after));
    return sent
        ? later
        : Filters.and(
            Filters.gte("ts", after.ts()), Filters.or(Filters.gt("ts", after.ts()), later));
  }
}
