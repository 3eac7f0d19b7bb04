package io.promlib.mongo;

import com.mongodb.MongoException;
import com.mongodb.MongoSocketReadException;
import com.mongodb.ServerAddress;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.result.UpdateResult;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** Calls to a real server, of which a test makes some fail, before or after they took effect. */
final class FaultyDatabase extends Database {
  /** What happens instead of an insert, or around it. */
  interface Fault {
    void insert(List<RawBsonDocument> documents, Runnable carryOut);
  }

  private final Deque<Fault> faults = new ArrayDeque<>();
  private int goodReads;
  private int failingReads;
  private boolean tailsHidden;
  private @Nullable Runnable afterRead;
  private long callsLeft = Long.MAX_VALUE;

  FaultyDatabase(MongoDatabase database) {
    super(database, TestMongo.client(), MongoNames.defaults(), Duration.ofSeconds(10));
  }

  /** What happens at the next insert that has no fault yet. */
  FaultyDatabase next(Fault fault) {
    faults.add(fault);
    return this;
  }

  /** What happens between the next read of events and the one after. */
  void afterNextRead(Runnable work) {
    afterRead = work;
  }

  /** The next so many reads of events fail. */
  void failReads(int count) {
    failingReads = count;
  }

  /** Of the next reads of events so many succeed, and the one after them fails. */
  void failReadAfter(int good) {
    goodReads = good;
    failingReads = 1;
  }

  /**
   * From now on topics seem unknown to whoever asks where they begin or end, as to an old snapshot.
   */
  void hideTails() {
    tailsHidden = true;
  }

  /** After so many writes the process is dead: every call fails. */
  void dieAfterWrites(long count) {
    callsLeft = count;
  }

  boolean isDead() {
    return callsLeft < 0;
  }

  static MongoException broken() {
    return new MongoSocketReadException("broken by the test", new ServerAddress("test"));
  }

  @Override
  void insert(ClientSession session, List<RawBsonDocument> documents) {
    if (!write()) {
      throw broken();
    }
    Fault fault = faults.poll();
    if (fault == null) {
      super.insert(session, documents);
    } else {
      fault.insert(documents, () -> super.insert(session, documents));
    }
  }

  /** Carries out an insert of an earlier time. */
  void insertLate(List<RawBsonDocument> documents) {
    super.insert(null, documents);
  }

  @Override
  List<RawBsonDocument> find(ClientSession session, Query query) {
    requireRead();
    boolean hidden = tailsHidden && query.doing().startsWith("the tail of");
    List<RawBsonDocument> found = hidden ? List.of() : super.find(session, query);
    Runnable work = afterRead;
    afterRead = null;
    if (work != null) {
      work.run();
    }
    return found;
  }

  @Override
  List<RawBsonDocument> find(Query query, long bytes) {
    requireRead();
    return super.find(query, bytes);
  }

  private void requireRead() {
    if (goodReads > 0) {
      goodReads--;
    } else if (failingReads > 0) {
      failingReads--;
      throw new StoreUnavailableException("broken by the test", broken());
    }
    if (isDead()) {
      throw new StoreUnavailableException("dead by the test", broken());
    }
  }

  @Override
  Document topic(String topic) {
    return tailsHidden ? null : super.topic(topic);
  }

  @Override
  long deleteEvents(Bson filter) {
    requireWrite();
    return super.deleteEvents(filter);
  }

  @Override
  void updateEvent(Bson filter, Bson update) {
    requireWrite();
    super.updateEvent(filter, update);
  }

  @Override
  UpdateResult updateTopic(Bson filter, Bson update, boolean upsert) {
    requireWrite();
    return super.updateTopic(filter, update, upsert);
  }

  private void requireWrite() {
    if (!write()) {
      throw new StoreUnavailableException("dead by the test", broken());
    }
  }

  private boolean write() {
    callsLeft--;
    return callsLeft >= 0;
  }
}
