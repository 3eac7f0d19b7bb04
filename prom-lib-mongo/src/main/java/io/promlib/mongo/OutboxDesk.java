package io.promlib.mongo;

import com.mongodb.client.model.Accumulators;
import com.mongodb.client.model.Aggregates;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.promlib.PromException;
import io.promlib.outbox.OutboxCounts;
import io.promlib.outbox.OutboxRecord;
import io.promlib.outbox.OutboxStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What operators see and do, and the removal of what was sent. */
final class OutboxDesk {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxDesk.class);
  private static final int MOST_AT_ONCE = 10_000;

  private final OutboxDatabase database;
  private final OutboxParking parking;

  OutboxDesk(OutboxDatabase database, OutboxParking parking) {
    this.database = database;
    this.parking = parking;
  }

  OutboxCounts counts() {
    Map<String, Document> unsent = new HashMap<>();
    for (Document group :
        database.aggregate(
            null, "records were not counted", unsentByStatus(), OutboxIndexes.UNSENT)) {
      unsent.put(Fields.text(group, "_id"), group);
    }
    long sent = database.count(Filters.eq("status", OutboxDocuments.SENT), OutboxIndexes.SENT);
    Document pending = unsent.get(OutboxDocuments.PENDING);
    Document claimed = unsent.get(OutboxDocuments.CLAIMED);
    return new OutboxCounts(
        count(pending),
        count(claimed),
        sent,
        count(unsent.get(OutboxDocuments.ERROR)),
        earlier(oldest(pending), oldest(claimed)));
  }

  static List<Bson> unsentByStatus() {
    return List.of(
        Aggregates.match(OutboxQuery.UNSENT),
        Aggregates.group("$status", Accumulators.sum("n", 1), Accumulators.min("oldest", "$ts")));
  }

  private static long count(@Nullable Document group) {
    return group == null ? 0 : Fields.number(group, "n");
  }

  private static OptionalLong oldest(@Nullable Document group) {
    return group == null ? OptionalLong.empty() : OptionalLong.of(Fields.number(group, "oldest"));
  }

  private static OptionalLong earlier(OptionalLong one, OptionalLong other) {
    return one.isEmpty() || (other.isPresent() && other.getAsLong() < one.getAsLong())
        ? other
        : one;
  }

  List<OutboxRecord> list(OutboxStatus status, @Nullable OutboxRecord after, int limit) {
    List<OutboxRecord> records = new ArrayList<>();
    for (RawBsonDocument document : database.find(OutboxQuery.list(status, after, limit))) {
      try {
        records.add(OutboxDocuments.decode(document));
      } catch (PromException e) {
        LOG.warn("document {} in the outbox is no record, and not listed", document.get("_id"), e);
      }
    }
    return records;
  }

  boolean requeue(String topic, String id) {
    return free(topic, id, Updates.set("attempts", 0));
  }

  boolean drop(String topic, String id) {
    return free(
        topic,
        id,
        Updates.combine(
            Updates.set("dropped", true), Updates.unset("payload"), Updates.unset("payload_json")));
  }

  private boolean free(String topic, String id, Bson more) {
    RawBsonDocument changed =
        database.change(
            "record " + id + " of topic " + topic + " was perhaps not changed",
            Filters.and(
                Filters.eq("_id", OutboxDocuments.id(topic, id)),
                Filters.eq("status", OutboxDocuments.ERROR)),
            Updates.combine(
                Updates.set("status", OutboxDocuments.PENDING), Updates.set("due", 0L), more));
    if (changed == null) {
      return false;
    }
    try {
      parking.wake(List.of(OutboxDocuments.decode(changed)));
    } catch (PromException e) {
      LOG.debug("the record is free; those of its key are due by themselves, later", e);
    }
    return true;
  }

  int removeSent(long before, int limit) {
    List<String> oldest = new ArrayList<>();
    for (RawBsonDocument document :
        database.find(OutboxQuery.sentBefore(before, Math.min(limit, MOST_AT_ONCE)))) {
      oldest.add(document.getString("_id").getValue());
    }
    if (oldest.isEmpty()) {
      return 0;
    }
    return (int)
        database.delete(
            Filters.and(Filters.in("_id", oldest), Filters.eq("status", OutboxDocuments.SENT)));
  }
}
