package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Topics in MongoDB, shared by any number of processes. What an append answered, and what any read
 * returns, is at a majority. Every step of a call ends within the builder's {@code timeout}; one
 * that does not throws {@link io.promlib.store.StoreUnavailableException}, and an append has
 * several steps. It may then have taken effect, and is to be tried again with the same ids.
 *
 * <p>An id stays known as long as its event is there: {@link #trim} leaves events alone that are
 * younger than {@code dedupeWindow}. {@link #removeBelow} and {@link #remove} do as they are told.
 *
 * <p>A start by time after removals may begin early: {@link #firstSince} goes by the highest {@code
 * ts} up to an event, in which removed events count.
 *
 * <p>Threads: {@code prom-mongo-poll} and {@code prom-mongo-stream}, daemons that start with the
 * first listener and end with {@link #close()}.
 */
public final class MongoEventStore implements EventStore {
  private static final int MOST_APPENDERS = 1000;

  private final Database database;
  private final TopicDocuments topics;
  private final Reads reads;
  private final LatestReads latest;
  private final Removal removal;
  private final Retention retention;
  private final Listeners listeners = new Listeners();
  private final Poller poller;
  private final StreamWatch stream;
  private final WakeUps wakeUps;
  private final Timing timing;
  private final Duration timeout;
  private final String owner = UUID.randomUUID().toString();
  private final Appenders appenders;

  MongoEventStore(MongoEventStoreBuilder made, Database database, MongoDatabase streamed) {
    this.database = database;
    this.timing = made.timing();
    this.timeout = made.timeout();
    this.topics = new TopicDocuments(database, timing);
    this.appenders = new Appenders(MOST_APPENDERS, timing, this::appender);
    Holdings holdings = new Holdings(database, topics);
    this.reads = new Reads(database, topics, holdings);
    this.latest = new LatestReads(database);
    this.removal = new Removal(database, topics, holdings, this::tailEmptied);
    this.retention = new Retention(database, topics, holdings, removal, made.dedupeWindow(), owner);
    this.poller = new Poller(database, listeners, reads::reached);
    this.wakeUps = new WakeUps(made.wakeUps(), poller);
    this.stream = new StreamWatch(streamed, made.names(), wakeUps::pollNow, this::noticed);
  }

  /** A store in this database; its other settings have defaults. */
  public static MongoEventStoreBuilder builder(MongoDatabase database) {
    return new MongoEventStoreBuilder(database);
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.promlib.bus.EventTooLargeException if an event does not fit into a document; nothing
   *     was appended
   */
  @Override
  public List<Published> append(String topic, List<Draft> events, long now) {
    return events.isEmpty() ? List.of() : appended(topic, appender -> appender.append(events, now));
  }

  /**
   * {@inheritDoc}
   *
   * @throws io.promlib.bus.EventTooLargeException if an event does not fit into a document; nothing
   *     was appended
   */
  @Override
  public List<Published> appendAt(String topic, long tail, List<Draft> events, long now) {
    return events.isEmpty()
        ? List.of()
        : appended(topic, appender -> appender.appendAt(tail, events, now));
  }

  private List<Published> appended(String topic, Function<TopicAppender, List<Published>> append) {
    List<Published> answer = undisturbed(topic, append);
    long last = 0;
    for (Published published : answer) {
      if (!published.duplicate()) {
        last = Math.max(last, published.seq());
      }
    }
    if (last > 0) {
      noticed(topic, last);
    }
    return answer;
  }

  /* A bus appends what other threads publish too: that this one is interrupted must not fail their events. */
  private List<Published> undisturbed(
      String topic, Function<TopicAppender, List<Published>> append) {
    boolean interrupted = Thread.interrupted();
    try {
      return append.apply(appenders.of(topic));
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private TopicAppender appender(String topic) {
    return new TopicAppender(
        topic, database, topics, timing, timeout, owner, LockSupport::parkNanos);
  }

  /* An append that knows of it deletes what marked the tail. */
  private void tailEmptied(String topic) {
    TopicAppender appender = appenders.known(topic);
    if (appender != null) {
      appender.tailEmptied();
    }
  }

  /* What an append answered or a change stream shows is at a majority; who is told of it is to find it. */
  private void noticed(String topic, long seq) {
    reads.reached(topic, seq);
    poller.noted(topic, seq);
    listeners.tell(topic);
  }

  @Override
  public Page read(String topic, long from, int limit) {
    requireLimit(limit);
    return reads.read(topic, from, limit);
  }

  @Override
  public Bounds bounds(String topic) {
    return reads.bounds(topic);
  }

  /** {@inheritDoc} The bytes are an estimate once single events were removed. */
  @Override
  public Extent extent(String topic) {
    return reads.extent(topic);
  }

  @Override
  public Optional<EventRecord> find(String topic, String id) {
    return reads.find(topic, id);
  }

  @Override
  public OptionalLong firstSince(String topic, long ts) {
    return reads.firstSince(topic, ts);
  }

  /** {@inheritDoc} Costs a round trip for each doubling of the topic's length. */
  @Override
  public long lastUntil(String topic, long at) {
    return reads.lastUntil(topic, at);
  }

  @Override
  public Optional<EventRecord> latest(String topic, String key, long atMost) {
    return latest.latest(topic, key, atMost);
  }

  @Override
  public void latest(
      String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
    latest.latest(topic, keys, atMost, each);
  }

  @Override
  public Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost) {
    return latest.latestSeqs(topic, keys, atMost);
  }

  @Override
  public LatestPage latestPage(String topic, @Nullable String after, int limit, long atMost) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, is " + limit);
    }
    return latest.latestPage(topic, after, limit, atMost);
  }

  @Override
  public void removeBelow(String topic, long below) {
    removal.removeBelow(topic, below);
  }

  @Override
  public boolean trim(String topic, long below, long now) {
    return retention.trim(topic, below, now);
  }

  @Override
  public void remove(String topic, Collection<Long> seqs) {
    removal.remove(topic, seqs);
  }

  @Override
  public long compacted(String topic) {
    return topics.compacted(topic);
  }

  @Override
  public void raiseCompacted(String topic, long to) {
    topics.raiseCompacted(topic, to);
  }

  @Override
  public List<String> topics() {
    return topics.names();
  }

  /** {@inheritDoc} Other processes follow within a second or so. */
  @Override
  public void configure(String topic, TopicSettings settings) {
    topics.configure(topic, settings);
  }

  @Override
  public TopicSettings settings(String topic) {
    return topics.settings(topic);
  }

  @Override
  public Registration onAppend(String topic, Runnable listener) {
    Runnable ended = listeners.add(topic, listener);
    wakeUps.listening(stream);
    return ended::run;
  }

  /** How often the change stream broke after it had begun. Each costs latency, and no event. */
  public long streamBreaks() {
    return stream.breaks();
  }

  /** Whether a change stream is followed at the moment. */
  public boolean isStreaming() {
    return stream.isAlive();
  }

  /** Asks once which topics have grown, for hosts that turn the store by hand. */
  int pollOnce() {
    return poller.pollOnce();
  }

  /** Ends the calls of listeners and the threads. The host's client stays open. */
  @Override
  public void close() {
    listeners.clear();
    wakeUps.close();
  }

  private static void requireLimit(int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative, is " + limit);
    }
  }
}
