package io.promlib.mongo;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.model.Filters;
import io.promlib.PromException;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.mongo.EventDocuments.StoredEvent;
import io.promlib.store.Draft;
import io.promlib.store.Overflow;
import io.promlib.store.StoreUnavailableException;
import io.promlib.store.TopicSettings;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongConsumer;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Appends to one topic, for one process. Calls wait for each other. */
final class TopicAppender {
  /*
   * Invariant: an event at position n is stored only after the one at n-1 is at a majority. For a batch goes to tail+1…
   * where `tail` was acknowledged by a majority or read from one, never read locally; the server inserts it in order and
   * stops at the first that fails; and {topic, seq} is unique. So whatever a reader sees is a prefix with no hole, and
   * positions are the order of commit. A fail-over can take back what no majority has, which is an end of the topic and
   * nothing in it. The newest event is never deleted, so the tail is always there to be read.
   *
   * Duplicate key at index i: those before i are in, i is not, the rest was not tried. Either another process was faster
   * or an id is there already; which one does not matter: one majority query finds the ids that are stored, the tail is
   * read again, what has no place is tried behind it. Both reads are in the causally consistent session that got the
   * answer, so they wait until what stood in the way is at a majority. Without sessions they may be too old to show it;
   * then the next round meets the same duplicate key and nothing is spoilt.
   *
   * An ambiguous error (broken connection, time-out, write concern not met, not primary): the ids are looked up, at a
   * majority, before anything is tried again. What was not found may still come, from a command that outlives its
   * connection. It carries the same ids for positions that were the next ones: if it is first, ours meets a duplicate key;
   * if ours or anybody's is first, it meets one at its first event and stores nothing. The server ends such a command
   * when the time that it is sent with is over. One case is left: within that time another process's event at the very
   * position is stored and removed again by its number, and ours is not published again; then the late one fills a hole
   * that readers have passed. If the look-up fails too the caller is told that the outcome is
   * unknown; publishing again by id is safe, as the id is unique.
   *
   * An append at a place goes behind the tail that the caller saw, or not at all: a tail that is another, or a duplicate
   * key, ends it, and an ambiguous error is the caller's. Nothing is tried again, so nothing lands where it was not meant.
   *
   * A crash leaves a prefix of the batch, which is complete in itself; the publisher that asks again by id gets the
   * stored ones as duplicates.
   */
  private static final Logger LOG = LoggerFactory.getLogger(TopicAppender.class);
  private static final int MOST_AT_ONCE = 1000;

  /* An insert is to end well within its time limit on a slow network. */
  private static final long MOST_BYTES_AT_ONCE = 16 << 20;
  private static final int MOST_AMBIGUOUS = 3;
  private static final int MOST_LOST = 1000;
  private static final long PAUSE = 2_000_000;

  private final String topic;
  private final Database database;
  private final TopicDocuments topics;
  private final Holdings holdings;
  private final Timing timing;
  private final long patience;
  private final LongConsumer pause;
  private final Turns turns;
  private final ReentrantLock lock = new ReentrantLock();

  /* Guarded by the lock. */
  private boolean ensured;
  private @Nullable Tail tail;

  private volatile boolean tailEmptied;
  private volatile long used;

  TopicAppender(
      String topic,
      Database database,
      TopicDocuments topics,
      Timing timing,
      Duration patience,
      String owner,
      LongConsumer pause) {
    this.topic = topic;
    this.database = database;
    this.topics = topics;
    this.holdings = new Holdings(database, topics);
    this.timing = timing;
    this.patience = Durations.nanos(patience);
    this.pause = pause;
    this.turns = new Turns(topic, topics, timing, owner, pause);
  }

  List<Published> append(List<Draft> drafts, long now) {
    AppendCall call = new AppendCall(topic, drafts);
    lock.lock();
    try {
      prepare();
      turns.begin();
      try (ClientSession session = database.session()) {
        new Rounds(call, session, now).run();
      } finally {
        turns.end();
      }
    } finally {
      lock.unlock();
    }
    return call.answers();
  }

  /** Appends behind this position only: there are no rounds, and no turns are waited for. */
  List<Published> appendAt(long position, List<Draft> drafts, long now) {
    AppendCall call = new AppendCall(topic, upToRepeated(drafts));
    lock.lock();
    try {
      prepare();
      try (ClientSession session = database.session()) {
        new Rounds(call, session, now).runAt(position);
      }
    } finally {
      lock.unlock();
    }
    return call.answers();
  }

  /* An id that stands twice has no second place: it ends the append there, as one that is stored does. */
  private static List<Draft> upToRepeated(List<Draft> drafts) {
    Set<String> ids = new HashSet<>();
    int kept = 0;
    while (kept < drafts.size() && ids.add(drafts.get(kept).id())) {
      kept++;
    }
    return drafts.subList(0, kept);
  }

  private void prepare() {
    if (!ensured) {
      topics.ensure(topic);
      ensured = true;
    }
    if (tailEmptied) {
      tailEmptied = false;
      tail = null;
    }
  }

  void used(long nanos) {
    used = nanos;
  }

  /** Whether nobody has used it since then, and nobody is within it. */
  boolean isIdleSince(long nanos) {
    return used - nanos <= 0 && !lock.isLocked() && !lock.hasQueuedThreads();
  }

  /** Has the next append read the tail, and delete the emptied event once it stands behind it. */
  void tailEmptied() {
    tailEmptied = true;
  }

  /** The tries of one append. */
  private final class Rounds {
    private final AppendCall call;
    private final @Nullable ClientSession session;
    private final long now;
    private final long begun = timing.nanos();
    private int lost;
    private int ambiguous;

    Rounds(AppendCall call, @Nullable ClientSession session, long now) {
      this.call = call;
      this.session = session;
      this.now = now;
    }

    void run() {
      TopicSettings settings = topics.settings(topic);
      boolean canBeFull = canBeFull(settings);
      if (canBeFull) {
        settleStored(call.pending(Integer.MAX_VALUE, Long.MAX_VALUE), call.givenIds(), -1);
      }
      for (List<EncodedEvent> batch = next(); !batch.isEmpty(); batch = next()) {
        if (turns.await(lost)) {
          tail = null;
        }
        Tail from = tail == null ? readTail() : tail;
        tail = from;
        List<EncodedEvent> fitting = canBeFull ? fitting(batch, from, settings) : batch;
        if (fitting.isEmpty()) {
          return;
        }
        place(fitting, from);
      }
    }

    private boolean canBeFull(TopicSettings settings) {
      return settings.overflow() != Overflow.DROP_OLDEST
          && (settings.maxEvents() < Long.MAX_VALUE || settings.maxBytes() < Long.MAX_VALUE);
    }

    void runAt(long position) {
      TopicSettings settings = topics.settings(topic);
      Tail from = tail != null && tail.seq() == position ? tail : readTail();
      List<EncodedEvent> batch = next();
      while (!batch.isEmpty() && from.seq() == position + call.answers().size()) {
        List<EncodedEvent> fitting = canBeFull(settings) ? fitting(batch, from, settings) : batch;
        if (fitting.isEmpty() || !placeOnce(fitting, from)) {
          break;
        }
        from = tail == null ? readTail() : tail;
        batch = next();
      }
    }

    /** Whether all of them stand where they were to. */
    private boolean placeOnce(List<EncodedEvent> batch, Tail from) {
      MongoException e = insert(batch, from);
      if (e == null) {
        return true;
      }
      int stopped = stoppedAtDuplicate(e);
      if (stopped < 0) {
        throw MongoErrors.translated("events may not have been appended to " + topic, e);
      }
      settlePrefix(batch.subList(0, stopped));
      return false;
    }

    /* The server stopped behind them; whether they are at a majority is yet to be seen. */
    private void settlePrefix(List<EncodedEvent> placed) {
      if (placed.isEmpty()) {
        return;
      }
      Map<String, StoredEvent> stored = lookUp(documentIds(placed), false);
      placed.stream()
          .takeWhile(event -> stored.containsKey(event.draft().id()))
          .forEach(call::placed);
    }

    private List<EncodedEvent> next() {
      return call.pending(MOST_AT_ONCE, MOST_BYTES_AT_ONCE);
    }

    private void place(List<EncodedEvent> batch, Tail from) {
      MongoException e = insert(batch, from);
      if (e != null) {
        failed(batch, from, e);
      }
    }

    /**
     * Inserts them behind {@code from}; null if all of them stand there, else what the driver
     * threw.
     */
    private @Nullable MongoException insert(List<EncodedEvent> batch, Tail from) {
      Tail last = from;
      List<RawBsonDocument> documents = new ArrayList<>(batch.size());
      for (EncodedEvent event : batch) {
        last = event.placeBehind(last, now);
        documents.add(event.document());
      }
      try {
        database.insert(session, documents);
      } catch (MongoException e) {
        tail = null;
        return e;
      }
      batch.forEach(call::placed);
      tail = last;
      if (from.gone()) {
        sweep(from);
      }
      return null;
    }

    private void failed(List<EncodedEvent> batch, Tail from, MongoException e) {
      int stopped = stoppedAtDuplicate(e);
      if (stopped < 0 && !MongoErrors.isPassing(e)) {
        throw MongoErrors.translated("events were not appended to " + topic, e);
      }
      if (stopped < 0) {
        call.doubt();
        LOG.debug("an append to {} has an unknown outcome, looking it up", topic, e);
      }
      settleStored(batch, documentIds(batch), stopped);
      if (stopped < 0 && ++ambiguous >= MOST_AMBIGUOUS && !next().isEmpty()) {
        throw MongoErrors.translated("events were not appended to " + topic, e);
      }
      if (stopped >= 0) {
        lost++;
      }
      Tail read = readTail();
      tail = read;
      boolean over = timing.nanos() - begun >= patience || lost >= MOST_LOST;
      if (over && !next().isEmpty()) {
        throw new StoreUnavailableException(
            "events were not appended to "
                + topic
                + ": other processes were faster "
                + lost
                + " times; try again",
            e);
      }
      if (read.seq() == from.seq()) {
        // What stood in the way is not at a majority yet.
        pause.accept(PAUSE);
      }
    }

    /**
     * Answers those that are stored already.
     *
     * @param stopped the index in {@code tried} before which all were placed just now; -1 if that
     *     is not known
     */
    private void settleStored(List<EncodedEvent> tried, List<String> documentIds, int stopped) {
      if (documentIds.isEmpty()) {
        return;
      }
      Map<String, StoredEvent> stored = lookUp(documentIds, false);
      Map<String, EncodedEvent> duplicates = new HashMap<>();
      for (int i = 0; i < tried.size(); i++) {
        EncodedEvent event = tried.get(i);
        StoredEvent found = stored.get(event.draft().id());
        if (found != null && (i < stopped || isOurs(event, found))) {
          call.placed(event);
        } else if (found != null) {
          duplicates.put(event.draft().id(), event);
        }
      }
      if (duplicates.isEmpty()) {
        return;
      }
      // Those that were removed in between stay without an answer, and are appended.
      lookUp(documentIds(duplicates.values()), true)
          .forEach((id, found) -> settleDuplicate(duplicates.get(id), found.record()));
    }

    private void settleDuplicate(@Nullable EncodedEvent event, EventRecord stored) {
      if (event != null) {
        call.duplicate(event, stored);
      }
    }

    /* All numbers agree, and a try of ours may have been stored unseen. */
    private boolean isOurs(EncodedEvent event, StoredEvent found) {
      return call.isDoubtful() && found.tail().equals(event.tried());
    }

    private Map<String, StoredEvent> lookUp(List<String> documentIds, boolean whole) {
      Map<String, StoredEvent> found = new HashMap<>();
      for (RawBsonDocument document :
          database.find(session, Query.ids(topic, documentIds, whole))) {
        StoredEvent event = EventDocuments.decode(document);
        found.put(event.record().id(), event);
      }
      return found;
    }

    private Tail readTail() {
      List<RawBsonDocument> newest = database.find(session, Query.newest(topic));
      return newest.isEmpty() ? Tail.NONE : EventDocuments.decode(newest.get(0)).tail();
    }

    private List<EncodedEvent> fitting(
        List<EncodedEvent> batch, Tail from, TopicSettings settings) {
      long first = topics.first(topic);
      long held = from.seq() - first + 1;
      if (settings.maxEvents() - held < batch.size()) {
        held = holdings.count(topic, first);
      }
      long bytes = settings.maxBytes() == Long.MAX_VALUE ? 0 : holdings.bytes(topic, first, from);
      int fitting = 0;
      for (EncodedEvent event : batch) {
        bytes += event.size();
        if (held + fitting >= settings.maxEvents() || bytes > settings.maxBytes()) {
          break;
        }
        fitting++;
      }
      return batch.subList(0, fitting);
    }
  }

  /** Deletes what marked the tail until now. */
  private void sweep(Tail marker) {
    try {
      database.deleteEvents(
          Filters.and(
              Filters.eq("topic", topic),
              Filters.eq("seq", marker.seq()),
              Filters.eq("gone", true)));
      topics.forgetEmptied(topic, List.of(marker.seq()));
    } catch (PromException e) {
      LOG.debug("the mark at {} of {} is left to a later removal", marker.seq(), topic, e);
    }
  }

  private List<String> documentIds(Iterable<EncodedEvent> events) {
    List<String> ids = new ArrayList<>();
    for (EncodedEvent event : events) {
      ids.add(EventDocuments.documentId(topic, event.draft().id()));
    }
    return ids;
  }

  /**
   * The index of the duplicate key that an ordered insert stopped at, -1 if it was something else.
   */
  private static int stoppedAtDuplicate(MongoException e) {
    return e instanceof MongoBulkWriteException bulk
            && bulk.getWriteConcernError() == null
            && bulk.getWriteErrors().size() == 1
            && bulk.getWriteErrors().get(0).getCode() == MongoErrors.DUPLICATE_KEY
        ? bulk.getWriteErrors().get(0).getIndex()
        : -1;
  }
}
