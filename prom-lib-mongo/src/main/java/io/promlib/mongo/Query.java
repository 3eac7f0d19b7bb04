package io.promlib.mongo;

import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Projections;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/**
 * A query of events that names the index which serves it, filter and sort.
 *
 * @param doing what to say when it fails
 * @param limit the most documents, 0 for all
 */
record Query(
    String doing,
    Bson filter,
    @Nullable Bson sort,
    @Nullable Bson projection,
    Bson hint,
    int limit,
    int skip) {

  static final Bson BY_SEQ = Indexes.ascending("topic", "seq");
  static final Bson BY_ID = Indexes.ascending("_id");
  static final Bson BY_KEY =
      Indexes.compoundIndex(Indexes.ascending("topic", "key"), Indexes.descending("seq"));
  static final Bson BY_TIME = Indexes.ascending("topic", "ts_max", "seq");

  /** What a {@link Tail} is made of, and the id. */
  private static final Bson NUMBERS =
      Projections.include("id", "topic", "seq", "at", "ts_max", "bytes", "gone");

  private static final Bson COVERED_BY_SEQ =
      Projections.fields(Projections.excludeId(), Projections.include("topic", "seq"));
  private static final Bson COVERED_BY_KEY =
      Projections.fields(Projections.excludeId(), Projections.include("key", "seq"));
  private static final Bson NO_GONE = Filters.exists("gone", false);

  static Query from(String topic, long seq, int limit) {
    return new Query(
        "topic " + topic + " was not read",
        Filters.and(Filters.eq("topic", topic), Filters.gte("seq", seq)),
        BY_SEQ,
        null,
        BY_SEQ,
        limit,
        0);
  }

  /** The oldest below a position. */
  static Query below(String topic, long seq, int limit) {
    return new Query(
        "topic " + topic + " was not read",
        Filters.and(Filters.eq("topic", topic), Filters.lt("seq", seq)),
        BY_SEQ,
        null,
        BY_SEQ,
        limit,
        0);
  }

  static Query newest(String topic) {
    return new Query(
        "the tail of topic " + topic + " was not read",
        Filters.eq("topic", topic),
        Indexes.descending("topic", "seq"),
        NUMBERS,
        BY_SEQ,
        1,
        0);
  }

  /** The events with these ids, and of them all or the numbers only. */
  static Query ids(String topic, Collection<String> documentIds, boolean whole) {
    return new Query(
        "events of topic " + topic + " were not looked up",
        Filters.in("_id", documentIds),
        null,
        whole ? null : NUMBERS,
        BY_ID,
        0,
        0);
  }

  /** What stands at some positions, lowest first. */
  static Query seqs(String topic, Collection<Long> seqs) {
    return new Query(
        "topic " + topic + " was not read",
        Filters.and(Filters.eq("topic", topic), Filters.in("seq", seqs)),
        BY_SEQ,
        null,
        BY_SEQ,
        0,
        0);
  }

  /** The first one whose running maximum of times reaches {@code ts}. */
  static Query since(String topic, long ts) {
    return new Query(
        "topic " + topic + " was not read",
        Filters.and(Filters.eq("topic", topic), Filters.gte("ts_max", ts), NO_GONE),
        BY_TIME,
        NUMBERS,
        BY_TIME,
        1,
        0);
  }

  static Query latest(String topic, String key, long atMost) {
    return new Query(
        "topic " + topic + " was not read",
        keyed(topic, Filters.eq("key", key), atMost),
        BY_KEY,
        null,
        BY_KEY,
        1,
        0);
  }

  /** These keys, each with its positions from the highest down, from the index alone. */
  static Query ofKeys(String topic, Collection<String> keys, long atMost, int limit) {
    return keys(topic, Filters.in("key", keys), atMost, limit);
  }

  /** Keys behind one, each with its positions from the highest down, from the index alone. */
  static Query keysAfter(String topic, String key, long atMost, int limit) {
    return keys(topic, Filters.gt("key", key), atMost, limit);
  }

  private static Query keys(String topic, Bson which, long atMost, int limit) {
    return new Query(
        "topic " + topic + " was not read",
        keyed(topic, which, atMost),
        BY_KEY,
        COVERED_BY_KEY,
        BY_KEY,
        limit,
        0);
  }

  private static Bson keyed(String topic, Bson which, long atMost) {
    Bson filter = Filters.and(Filters.eq("topic", topic), which);
    return atMost == Long.MAX_VALUE ? filter : Filters.and(filter, Filters.lte("seq", atMost));
  }

  /** Positions behind those known, of several topics, from the index alone. */
  static Query grown(Map<String, Long> known, int limit) {
    List<Bson> behind = new ArrayList<>();
    known.forEach(
        (topic, seq) ->
            behind.add(Filters.and(Filters.eq("topic", topic), Filters.gt("seq", seq))));
    return new Query(
        "it was not asked which topics have grown",
        Filters.or(behind),
        null,
        COVERED_BY_SEQ,
        BY_SEQ,
        limit,
        0);
  }

  Query limit(int most) {
    return new Query(doing, filter, sort, projection, hint, most, skip);
  }

  /** Without the first so many. */
  Query skip(int count) {
    return new Query(doing, filter, sort, projection, hint, limit, count);
  }

  /** Only the numbers, not the payload. */
  Query numbers() {
    return new Query(doing, filter, sort, NUMBERS, hint, limit, skip);
  }

  /** Only the positions, from the index alone. */
  Query positions() {
    return new Query(doing, filter, sort, COVERED_BY_SEQ, hint, limit, skip);
  }
}
