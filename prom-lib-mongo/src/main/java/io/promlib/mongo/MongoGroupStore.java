package io.promlib.mongo;

import com.mongodb.ErrorCategory;
import com.mongodb.MongoException;
import com.mongodb.MongoOperationTimeoutException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.WriteConcern;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.Sorts;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * Groups in MongoDB, one document each, shared by any number of processes. A document never exceeds
 * 64 KiB: a state that would is refused, which none with at most 4 000 unfinished events does; the
 * reasons of events that become dead letters may be cut to that end.
 *
 * <p>Every method throws {@link io.promlib.store.StoreUnavailableException} when the database does
 * not answer: within 10 s, or the client's own limits where those are shorter.
 */
public final class MongoGroupStore implements GroupStore {
  /*
   * A group changes by one write to one document, whose filter holds both parts of the version: the count, and the
   * random value of whoever wrote last. The count alone comes again, after a delete and a new making, and after a
   * fail-over that rolled writes back: the random value does not.
   *
   * Reads are of the primary and local, so that they cost nothing and are fresh. What they show may yet be rolled back;
   * then the version they carry fits nothing any more, the write built on them is refused, and its writer loads again.
   * Whoever won holds a majority-acknowledged write: only that is handed out.
   *
   * After an error that leaves open whether a write was done, the document is read back by majority: if it carries our
   * random value, the write stands and was ours. If not, it was not done, or not yet, or somebody wrote after it; nobody
   * can tell, and the caller is told so. It loads again and finds by its claim's token what came of it.
   */
  private static final long CALL_SECONDS = 10;
  private static final Duration FLOOR_PATIENCE = Duration.ofSeconds(1);

  private final MongoCollection<Document> cursors;
  private final MongoCollection<Document> durable;
  private final FloorEvents floors;

  /**
   * A store on this database, which stays the caller's to close.
   *
   * @param timing asked for intervals only
   */
  public MongoGroupStore(MongoDatabase database, MongoNames names, Timing timing) {
    this(database, names, timing, FLOOR_PATIENCE);
  }

  /**
   * @param floorPatience how long a write waits for what people are shown about the ack floor
   */
  MongoGroupStore(MongoDatabase database, MongoNames names, Timing timing, Duration floorPatience) {
    MongoDatabase primary =
        database
            .withReadPreference(ReadPreference.primary())
            .withTimeout(CALL_SECONDS, TimeUnit.SECONDS);
    this.cursors =
        primary
            .getCollection(names.cursors())
            .withReadConcern(ReadConcern.LOCAL)
            .withWriteConcern(WriteConcern.MAJORITY);
    this.durable = cursors.withReadConcern(ReadConcern.MAJORITY);
    this.floors =
        new FloorEvents(
            primary.getCollection(names.events()).withReadConcern(ReadConcern.LOCAL),
            timing,
            floorPatience);
  }

  @Override
  public Optional<Versioned> load(GroupKey group) {
    return asked(
        "group " + group + " was not loaded",
        () -> Optional.ofNullable(cursors.find(byId(group)).first()).map(GroupDocument::read));
  }

  @Override
  public Optional<Versioned> compareAndSet(
      GroupKey group, @Nullable Version expected, GroupState next) {
    long count = expected == null ? 1 : expected.count() + 1;
    Versioned written =
        new Versioned(next, new Version(count, ThreadLocalRandom.current().nextLong()));
    Document fields = GroupDocument.fields(group, next, written.version());
    Document event = floors.find(group, next);
    if (event != null) {
      fields.append("lastId", event.get("id")).append("lastTs", event.get("ts"));
    }
    try {
      boolean won =
          expected == null
              ? insert(group, fields)
              : cursors.updateOne(by(group, expected), update(fields)).getMatchedCount() == 1;
      return won ? Optional.of(written) : Optional.empty();
    } catch (MongoException e) {
      if (stands(group, written.version(), e)) {
        return Optional.of(written);
      }
      throw MongoErrors.translated("group " + group + " may not have been written", e);
    }
  }

  private boolean insert(GroupKey group, Document fields) {
    Document whole = new Document("_id", GroupDocument.id(group));
    whole.putAll(fields);
    try {
      cursors.insertOne(whole);
      return true;
    } catch (MongoWriteException e) {
      if (e.getError().getCategory() == ErrorCategory.DUPLICATE_KEY) {
        return false;
      }
      throw e;
    }
  }

  private static Document update(Document fields) {
    Document update = new Document("$set", fields);
    Document gone = new Document();
    for (String optional : GroupDocument.OPTIONAL) {
      if (!fields.containsKey(optional)) {
        gone.append(optional, "");
      }
    }
    return gone.isEmpty() ? update : update.append("$unset", gone);
  }

  /** Whether a write that failed is what everybody reads. */
  private boolean stands(GroupKey group, Version version, MongoException error) {
    if (error instanceof MongoTimeoutException
        && !(error instanceof MongoOperationTimeoutException)) {
      return false; // no server was found, so nothing was sent
    }
    try {
      return durable.find(by(group, version)).projection(Projections.include("_id")).first()
          != null;
    } catch (MongoException e) {
      error.addSuppressed(e);
      return false;
    }
  }

  @Override
  public boolean delete(GroupKey group, Version expected) {
    floors.forget(group);
    return asked(
        "group " + group + " may not have been deleted",
        () -> cursors.deleteOne(by(group, expected)).getDeletedCount() == 1);
  }

  @Override
  public List<GroupKey> list() {
    return asked("groups were not listed", () -> keys(cursors.find().sort(Sorts.ascending("_id"))));
  }

  @Override
  public Map<String, Versioned> loadAll(String topic) {
    Bson range =
        Filters.and(
            Filters.gte("_id", GroupDocument.prefix(topic)),
            Filters.lt("_id", GroupDocument.behind(topic)));
    return asked(
        "the groups of " + topic + " were not loaded",
        () -> {
          Map<String, Versioned> found = new HashMap<>();
          for (Document stored : cursors.find(range)) {
            GroupKey key = GroupDocument.key(Fields.text(stored, "_id"));
            found.put(key.group(), GroupDocument.read(stored));
          }
          return found;
        });
  }

  @Override
  public List<GroupKey> expired(long now) {
    return asked(
        "groups that expired were not looked for",
        () -> keys(cursors.find(Filters.lt("expires", now))));
  }

  /** Closes nothing: the database is the caller's. */
  @Override
  public void close() {}

  private static List<GroupKey> keys(FindIterable<Document> found) {
    List<GroupKey> keys = new ArrayList<>();
    for (Document stored : found.projection(Projections.include("_id"))) {
      keys.add(GroupDocument.key(Fields.text(stored, "_id")));
    }
    return keys;
  }

  private static Bson byId(GroupKey group) {
    return Filters.eq("_id", GroupDocument.id(group));
  }

  private static Bson by(GroupKey group, Version version) {
    return Filters.and(
        byId(group),
        Filters.eq("version.n", version.count()),
        Filters.eq("version.r", version.random()));
  }

  private static <T> T asked(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (MongoException e) {
      throw MongoErrors.translated(what, e);
    }
  }
}
