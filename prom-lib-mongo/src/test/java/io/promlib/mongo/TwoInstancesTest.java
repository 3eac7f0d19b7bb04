package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.mongo.testing.TestMongo;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import io.promlib.testkit.EventStoreContract;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The contract, each call on another of two instances over one database than the call before. */
class TwoInstancesTest extends EventStoreContract {
  @Override
  protected void assumeOrderOfUtf8() {
    TestMongo.assumeReal("the stand-in orders text by its UTF-16");
  }

  @Override
  protected EventStore create() {
    MongoDatabase database = TestMongo.freshDatabase();
    return new Alternating(one(database), one(database));
  }

  private static MongoEventStore one(MongoDatabase database) {
    return MongoEventStore.builder(database)
        .client(TestMongo.client())
        .wakeUps(WakeUp.NONE)
        .build();
  }

  private record Alternating(MongoEventStore one, MongoEventStore two, AtomicLong calls)
      implements EventStore {
    Alternating(MongoEventStore one, MongoEventStore two) {
      this(one, two, new AtomicLong());
    }

    private MongoEventStore next() {
      return calls.incrementAndGet() % 2 == 0 ? one : two;
    }

    @Override
    public List<Published> append(String topic, List<Draft> events, long now) {
      return next().append(topic, events, now);
    }

    @Override
    public List<Published> appendAt(String topic, long tail, List<Draft> events, long now) {
      return next().appendAt(topic, tail, events, now);
    }

    @Override
    public long lastUntil(String topic, long at) {
      return next().lastUntil(topic, at);
    }

    @Override
    public long compacted(String topic) {
      return next().compacted(topic);
    }

    @Override
    public void raiseCompacted(String topic, long to) {
      next().raiseCompacted(topic, to);
    }

    @Override
    public Page read(String topic, long from, int limit) {
      return next().read(topic, from, limit);
    }

    @Override
    public Bounds bounds(String topic) {
      return next().bounds(topic);
    }

    @Override
    public Extent extent(String topic) {
      return next().extent(topic);
    }

    @Override
    public Optional<EventRecord> find(String topic, String id) {
      return next().find(topic, id);
    }

    @Override
    public OptionalLong firstSince(String topic, long ts) {
      return next().firstSince(topic, ts);
    }

    @Override
    public Optional<EventRecord> latest(String topic, String key, long atMost) {
      return next().latest(topic, key, atMost);
    }

    @Override
    public void latest(
        String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
      next().latest(topic, keys, atMost, each);
    }

    @Override
    public Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost) {
      return next().latestSeqs(topic, keys, atMost);
    }

    @Override
    public LatestPage latestPage(String topic, String after, int limit, long atMost) {
      return next().latestPage(topic, after, limit, atMost);
    }

    @Override
    public void removeBelow(String topic, long below) {
      next().removeBelow(topic, below);
    }

    /* One process has the turn at trimming for half a minute. */
    @Override
    public boolean trim(String topic, long below, long now) {
      return one.trim(topic, below, now);
    }

    @Override
    public void remove(String topic, Collection<Long> seqs) {
      next().remove(topic, seqs);
    }

    @Override
    public List<String> topics() {
      return next().topics();
    }

    /* Another process may be a second late with settings. */
    @Override
    public void configure(String topic, TopicSettings settings) {
      one.configure(topic, settings);
      two.configure(topic, settings);
    }

    @Override
    public TopicSettings settings(String topic) {
      return next().settings(topic);
    }

    @Override
    public Registration onAppend(String topic, Runnable listener) {
      Registration first = one.onAppend(topic, listener);
      Registration second = two.onAppend(topic, listener);
      return () -> {
        first.close();
        second.close();
      };
    }

    @Override
    public void close() {
      one.close();
      two.close();
    }
  }
}
