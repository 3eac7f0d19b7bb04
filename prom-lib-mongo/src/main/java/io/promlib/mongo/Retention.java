package io.promlib.mongo;

import io.promlib.store.Overflow;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.bson.RawBsonDocument;

/** Removes what a topic's settings no longer keep. */
final class Retention {
  /*
   * One process at a time, by a lease in the topic's document. The lease only saves work: one that outlives it removes
   * what is below a `first` that was raised, as anybody may. `at` and the running sum of sizes never fall along seq, so
   * the position by age and by bytes is found by halving.
   */
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final int MOST_SKIPPED = 10_000;

  private final Database database;
  private final TopicDocuments topics;
  private final Holdings holdings;
  private final Removal removal;
  private final long dedupeMillis;
  private final String owner;

  Retention(
      Database database,
      TopicDocuments topics,
      Holdings holdings,
      Removal removal,
      Duration dedupeWindow,
      String owner) {
    this.database = database;
    this.topics = topics;
    this.holdings = holdings;
    this.removal = removal;
    this.dedupeMillis = Durations.millis(dedupeWindow);
    this.owner = owner;
  }

  boolean trim(String topic, long below, long now) {
    TopicSettings settings = topics.settings(topic);
    if (settings.isUnlimited()) {
      return false;
    }
    Tail newest = holdings.newest(topic);
    Tail oldest = newest.seq() == 0 ? null : holdings.firstFrom(topic, 1);
    if (oldest == null || (newest.gone() && oldest.seq() == newest.seq())) {
      return false;
    }
    long first = topics.first(topic);
    long bound = Math.min(below, keptFrom(topic, settings, first, newest, now));
    bound = bound <= first ? first : youngestRemovable(topic, first, bound, now);
    if (oldest.seq() >= bound) {
      return false;
    }
    if (!topics.claimTrim(topic, owner, now, LEASE)) {
      return false;
    }
    topics.raiseFirst(topic, bound);
    if (removal.deleteSome(topic, bound, newest)) {
      return true;
    }
    topics.endTrim(topic, owner);
    return bound - first >= MOST_SKIPPED;
  }

  /** The lowest position that the settings keep, or one below it if that is far. */
  private long keptFrom(String topic, TopicSettings settings, long first, Tail newest, long now) {
    long kept = first;
    Duration age = settings.maxAge();
    if (age != null) {
      long before = now - Durations.millis(age);
      kept = firstWhere(topic, kept, newest.seq() + 1, event -> event.at() >= before);
    }
    if (settings.overflow() != Overflow.DROP_OLDEST) {
      return kept;
    }
    if (newest.seq() - kept + 1 > settings.maxEvents()) {
      kept = Math.max(kept, keptByCount(topic, settings.maxEvents(), first, newest));
    }
    if (settings.maxBytes() < Long.MAX_VALUE && kept < newest.seq()) {
      long over = newest.bytes() - settings.maxBytes();
      long sumBefore = holdings.bytesBefore(topic, kept, newest);
      if (sumBefore < over) {
        kept = firstWhere(topic, kept, newest.seq(), event -> event.bytes() >= over);
        // That one itself goes too, as only what is behind it fits.
        kept = Math.min(newest.seq(), kept + 1);
      }
    }
    return kept;
  }

  private long keptByCount(String topic, long most, long first, Tail newest) {
    long excess = holdings.count(topic, first) - most;
    if (excess <= 0) {
      return first;
    }
    int skipped = (int) Math.min(excess, MOST_SKIPPED);
    List<RawBsonDocument> found =
        database.find(Query.from(topic, first, 1).positions().skip(skipped));
    return found.isEmpty() ? newest.seq() : EventDocuments.decode(found.get(0)).seq();
  }

  /**
   * The bound, lowered so that nothing younger than the window in which ids are remembered goes.
   */
  private long youngestRemovable(String topic, long first, long bound, long now) {
    long young = now - dedupeMillis;
    return firstWhere(topic, first, bound, event -> event.at() > young);
  }

  /**
   * The first position whose event fulfils a condition that all later ones fulfil too; {@code end}
   * if none below it does.
   */
  private long firstWhere(String topic, long from, long end, Predicate<Tail> condition) {
    long low = from;
    long high = end;
    // The oldest decides most calls: nothing is over yet.
    for (long probe = low; low < high; probe = low + (high - low) / 2) {
      Tail event = holdings.firstFrom(topic, probe);
      if (event == null || event.seq() >= high || condition.test(event)) {
        high = probe;
      } else {
        low = event.seq() + 1;
      }
    }
    return high;
  }
}
