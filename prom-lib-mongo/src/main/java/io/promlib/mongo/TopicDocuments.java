package io.promlib.mongo;

import com.mongodb.MongoWriteException;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import io.promlib.PromException;
import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.bson.Document;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a topic as a whole, in {@code topics}: {@code first}, {@code compacted}, {@code
 * settings}, {@code emptied} (positions of emptied events that marked the tail once), {@code trim}
 * (who removes what retention no longer keeps) and {@code turns} (who appends next).
 */
final class TopicDocuments {
  private static final long SETTINGS_KEPT = TimeUnit.SECONDS.toNanos(1);
  private static final int MOST_KEPT = 10_000;

  private final Database database;
  private final Timing timing;
  private final ConcurrentHashMap<String, Kept> kept = new ConcurrentHashMap<>();

  private record Kept(TopicSettings settings, long nanos) {}

  TopicDocuments(Database database, Timing timing) {
    this.database = database;
    this.timing = timing;
  }

  /** Makes the document if there is none. */
  void ensure(String topic) {
    upsert(topic, Updates.setOnInsert("first", 1L));
  }

  /** The lowest position that retention left, at a majority. */
  long first(String topic) {
    return first(database.topic(topic));
  }

  void raiseFirst(String topic, long first) {
    database.updateTopic(id(topic), Updates.max("first", first), false);
  }

  /** As of which position the latest of every key is there, at a majority. */
  long compacted(String topic) {
    Document document = database.topic(topic);
    return document == null ? 0 : number(document, "compacted", 0);
  }

  void raiseCompacted(String topic, long to) {
    database.updateTopic(id(topic), Updates.max("compacted", to), false);
  }

  void configure(String topic, TopicSettings settings) {
    upsert(topic, Updates.set("settings", written(settings)));
    kept.remove(topic);
  }

  /** The settings, at most a second old. */
  TopicSettings settings(String topic) {
    long now = timing.nanos();
    Kept known = kept.get(topic);
    if (known != null && now - known.nanos < SETTINGS_KEPT) {
      return known.settings;
    }
    Document document = database.topic(topic);
    TopicSettings settings =
        document == null ? TopicSettings.UNLIMITED : read(document.get("settings", Document.class));
    if (kept.size() >= MOST_KEPT) {
      kept.clear();
    }
    kept.put(topic, new Kept(settings, now));
    return settings;
  }

  List<String> names() {
    return database.topicNames();
  }

  /** Notes that an event is about to be emptied instead of deleted, as it marks the tail. */
  void noteEmptied(String topic, long seq) {
    database.updateTopic(id(topic), Updates.addToSet("emptied", seq), false);
  }

  /** Positions of events that were emptied and not deleted since. */
  List<Long> emptied(String topic) {
    Document document = database.topic(topic);
    List<Long> all = document == null ? null : document.getList("emptied", Long.class);
    return all == null ? List.of() : all;
  }

  void forgetEmptied(String topic, Collection<Long> seqs) {
    database.updateTopic(id(topic), Updates.pullAll("emptied", List.copyOf(seqs)), false);
  }

  /** Takes or renews the right to trim the topic; false while somebody else has it. */
  boolean claimTrim(String topic, String owner, long now, Duration lease) {
    Bson free =
        Filters.or(
            Filters.exists("trim", false),
            Filters.eq("trim.owner", owner),
            Filters.lt("trim.until", now));
    Document claim = new Document("owner", owner).append("until", now + lease.toMillis());
    return database
            .updateTopic(Filters.and(id(topic), free), Updates.set("trim", claim), false)
            .getMatchedCount()
        == 1;
  }

  void endTrim(String topic, String owner) {
    database.updateTopic(
        Filters.and(id(topic), Filters.eq("trim.owner", owner)), Updates.unset("trim"), false);
  }

  /** Who asked to append in turn, the one whose turn it is first. */
  List<String> turns(String topic) {
    Document document = database.topicHints(topic);
    List<String> turns = document == null ? null : document.getList("turns", String.class);
    return turns == null ? List.of() : turns;
  }

  void joinTurns(String topic, String request) {
    database.hintTopic(id(topic), Updates.addToSet("turns", request));
  }

  void leaveTurns(String topic, String request) {
    database.hintTopic(id(topic), Updates.pull("turns", request));
  }

  private void upsert(String topic, Bson update) {
    try {
      database.updateTopic(id(topic), update, true);
    } catch (PromException e) {
      // Two upserts of one document at once: one of them loses, and finds the document now.
      if (e.getCause() instanceof MongoWriteException lost
          && lost.getError().getCode() == MongoErrors.DUPLICATE_KEY) {
        database.updateTopic(id(topic), update, true);
      } else {
        throw e;
      }
    }
  }

  static long first(@Nullable Document document) {
    return document == null ? 1 : number(document, "first", 1);
  }

  /* People who edit by hand leave numbers of any type. */
  private static long number(Document document, String field, long otherwise) {
    return document.get(field) instanceof Number number ? number.longValue() : otherwise;
  }

  private static Bson id(String topic) {
    return Filters.eq("_id", topic);
  }

  private static Document written(TopicSettings settings) {
    Document document =
        new Document("max_events", settings.maxEvents())
            .append("max_bytes", settings.maxBytes())
            .append("overflow", settings.overflow().name());
    Duration age = settings.maxAge();
    // ISO 8601, to the nanosecond.
    return age == null ? document : document.append("max_age", age.toString());
  }

  private static TopicSettings read(@Nullable Document document) {
    if (document == null) {
      return TopicSettings.UNLIMITED;
    }
    String age = document.getString("max_age");
    return new TopicSettings(
        number(document, "max_events", Long.MAX_VALUE),
        number(document, "max_bytes", Long.MAX_VALUE),
        age == null ? null : Duration.parse(age),
        overflow(document.get("overflow")));
  }

  /* As with numbers: one that was edited by hand is the default. */
  private static Overflow overflow(@Nullable Object stored) {
    for (Overflow each : Overflow.values()) {
      if (each.name().equals(stored)) {
        return each;
      }
    }
    return TopicSettings.UNLIMITED.overflow();
  }
}
