package io.promlib.mongo;

import com.mongodb.client.ClientSession;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.bson.RawBsonDocument;

/** Calls of an outbox to a real server, of which a test makes some fail or miss something. */
final class FaultyOutbox extends OutboxDatabase {
  private final Set<String> hidden = new HashSet<>();
  private final List<String> made = new ArrayList<>();
  private Runnable beforeNext = () -> {};
  private String before = "";
  private long goodCalls = Long.MAX_VALUE;
  private boolean answerLost;
  private boolean dies;

  FaultyOutbox(String database) {
    super(TestMongo.client(), database, MongoNames.defaults(), Duration.ofSeconds(10));
  }

  /** After so many calls the process is dead: nothing is carried out any more. */
  void dieAfter(long calls) {
    goodCalls = calls;
    dies = true;
  }

  /** After so many calls the answer to the next one is lost; it was carried out. */
  void loseAnswerAfter(long calls) {
    goodCalls = calls;
    answerLost = true;
  }

  /** Whether it came to the fault. */
  boolean hasFailed() {
    return goodCalls < 0;
  }

  /** Queries for what is due do not see this record, as a walk that it moves out of the way of. */
  void hide(String documentId) {
    hidden.add(documentId);
  }

  void showAll() {
    hidden.clear();
  }

  /** What happens once, before the next call of which the description begins so. */
  void before(String doing, Runnable what) {
    before = doing;
    beforeNext = what;
  }

  /** What was called. */
  List<String> made() {
    return made;
  }

  @Override
  List<RawBsonDocument> find(ClientSession session, OutboxQuery query, long bytes) {
    List<RawBsonDocument> found = super.find(session, query, bytes);
    found.removeIf(each -> hidden.contains(each.getString("_id").getValue()));
    return found;
  }

  @Override
  <T> T call(String doing, Supplier<T> work) {
    if (!before.isEmpty() && doing.startsWith(before)) {
      Runnable what = beforeNext;
      before = "";
      what.run();
    }
    made.add(doing);
    goodCalls--;
    if (goodCalls == -1 && answerLost) {
      super.call(doing, work);
      throw broken(doing);
    }
    if (goodCalls < 0 && dies) {
      throw broken(doing);
    }
    return super.call(doing, work);
  }

  private static StoreUnavailableException broken(String doing) {
    return new StoreUnavailableException(doing + ": broken by the test", null);
  }
}
