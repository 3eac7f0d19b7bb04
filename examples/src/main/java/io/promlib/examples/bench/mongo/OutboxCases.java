package io.promlib.examples.bench.mongo;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.FindOneAndUpdateOptions;
import com.mongodb.client.model.Indexes;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.Updates;
import io.promlib.event.PublishOptions;
import io.promlib.mongo.MongoOutboxStore;
import io.promlib.outbox.OutboxDrainer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/** Ways to publish what waits in an outbox. */
final class OutboxCases {
  private static final int KEYS = 1_000;
  private static final int SLOTS = 32;
  private static final int AT_ONCE = 1_000;
  private static final String OUTBOX = "outbox";

  private OutboxCases() {}

  /** Until all are published and marked. */
  static MongoFigures drain(Ground ground, int records, int drainers) throws InterruptedException {
    try (MongoOutboxStore store =
        MongoOutboxStore.builder(ground.client(), ground.database().getName()).build()) {
      // What is drained first loads the code.
      load(ground, store, Math.min(records, AT_ONCE), "warm");
      drainWith(ground, store, 1, Math.min(records, AT_ONCE));
      load(ground, store, records, "measured");
      return drainWith(ground, store, drainers, records);
    }
  }

  private static MongoFigures drainWith(
      Ground ground, MongoOutboxStore store, int drainers, int records)
      throws InterruptedException {
    AtomicLong left = new AtomicLong(records);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    long calls = ground.calls();
    long begun = System.nanoTime();
    for (int i = 0; i < drainers; i++) {
      Thread thread = new Thread(() -> drainAll(ground, store, left, failure), "drainer-" + i);
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) {
      thread.join();
    }
    long took = System.nanoTime() - begun;
    long made = ground.calls() - calls;
    if (failure.get() != null) {
      throw new IllegalStateException("a drainer failed", failure.get());
    }
    long sent =
        ground.database().getCollection(OUTBOX).countDocuments(Filters.eq("status", "sent"));
    if (left.get() > 0 || sent < records) {
      throw new IllegalStateException(sent + " records were sent, not " + records);
    }
    return new MongoFigures(records * 1e9 / took, 0, made * 100.0 / records);
  }

  private static void drainAll(
      Ground ground, MongoOutboxStore store, AtomicLong left, AtomicReference<Throwable> failure) {
    try (OutboxDrainer drainer = OutboxDrainer.builder(store).to(ground.bus()).build()) {
      while (left.get() > 0) {
        left.addAndGet(-drainer.drainOnce());
      }
    } catch (RuntimeException e) {
      failure.set(e);
      left.set(0);
    }
  }

  /** Documents like one that the store wrote, with a thousand keys. */
  private static void load(Ground ground, MongoOutboxStore store, int records, String name) {
    MongoCollection<Document> outbox = ground.database().getCollection(OUTBOX);
    String id =
        store.add(Ground.TOPIC, Ground.Sample.OF_200_BYTES, PublishOptions.none().key(name + "-0"));
    Document stored =
        Objects.requireNonNull(
            outbox.find(Filters.eq("_id", Ground.TOPIC.name() + "::" + id)).first());
    List<Document> some = new ArrayList<>();
    for (int n = 1; n < records; n++) {
      some.add(like(stored, name, n));
      if (some.size() == AT_ONCE || n == records - 1) {
        outbox.insertMany(some);
        some.clear();
      }
    }
  }

  private static Document like(Document stored, String name, int number) {
    int key = number % KEYS;
    String id = UUID.randomUUID().toString();
    Document copy = new Document(stored);
    copy.put("_id", Ground.TOPIC.name() + "::" + id);
    copy.put("id", id);
    copy.put("key", name + "-" + key);
    copy.put("seq", 1L + number / KEYS);
    copy.put("slot", key % SLOTS);
    return copy;
  }

  /** Find-and-modify, publish, update: for so long. */
  static MongoFigures plain(Ground ground, long nanos, int records) throws InterruptedException {
    MongoCollection<Document> outbox = ground.database().getCollection("plain_outbox");
    outbox.createIndex(Indexes.ascending("status", "ts"));
    List<Document> some = new ArrayList<>();
    for (int n = 0; n < records; n++) {
      some.add(
          new Document("_id", UUID.randomUUID().toString())
              .append("status", "pending")
              .append("ts", (long) n)
              .append("key", "measured-" + n % KEYS)
              .append("text", Ground.Sample.OF_200_BYTES.text()));
      if (some.size() == AT_ONCE || n == records - 1) {
        outbox.insertMany(some);
        some.clear();
      }
    }
    MongoFigures figures =
        Span.measure(
            nanos,
            () -> {
              Document record = take(outbox);
              if (record == null) {
                throw new IllegalStateException("more than all records were asked for");
              }
              ground
                  .bus()
                  .publish(
                      Ground.TOPIC,
                      new Ground.Sample(record.getString("text")),
                      PublishOptions.none()
                          .id(record.getString("_id"))
                          .key(record.getString("key")));
              outbox.updateOne(
                  Filters.eq("_id", record.getString("_id")), Updates.set("status", "sent"));
              return 1;
            });
    return new MongoFigures(figures.perSecond(), 0, 0);
  }

  private static @Nullable Document take(MongoCollection<Document> outbox) {
    return outbox.findOneAndUpdate(
        Filters.eq("status", "pending"),
        Updates.set("status", "claimed"),
        new FindOneAndUpdateOptions().sort(Sorts.ascending("ts")));
  }
}
