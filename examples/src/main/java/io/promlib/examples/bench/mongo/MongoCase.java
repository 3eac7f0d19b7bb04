package io.promlib.examples.bench.mongo;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Sorts;
import io.promlib.bus.EventBus;
import io.promlib.bus.StartAt;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.PublishOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.bson.Document;

/** One way to write or to read events. */
enum MongoCase {
  PUBLISH("publish, pipelined", MongoCase::publish),
  INSERT_MANY("insertMany of 1000", MongoCase::insertMany),
  PUBLISH_ONE("publish, one at a time", MongoCase::publishOne),
  INSERT_ONE("insertOne", MongoCase::insertOne),
  CONSUME("consume and ack, 1000 in flight", MongoCase::consume),
  CURSOR("the same with a cursor", MongoCase::cursor),
  OUTBOX_ONE("drain, one drainer", (ground, nanos, n) -> OutboxCases.drain(ground, n, 1)),
  OUTBOX_FOUR("drain, four drainers", (ground, nanos, n) -> OutboxCases.drain(ground, n, 4)),
  OUTBOX_PLAIN("one record at a time", OutboxCases::plain);

  private static final int MANY = 1_000;
  private static final int IN_FLIGHT = 1_000;
  private static final int PIPELINED = 4_000;
  private static final long PATIENCE_SECONDS = 300;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /** Measures on a ground of its own: so long, or with so many events. */
  private interface Measuring {
    MongoFigures measure(Ground ground, long nanos, int backlog) throws InterruptedException;
  }

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // a method without state
  private final Measuring measuring;

  MongoCase(String label, Measuring measuring) {
    this.label = label;
    this.measuring = measuring;
  }

  String label() {
    return label;
  }

  MongoFigures measure(Ground ground, long nanos, int backlog) throws InterruptedException {
    return measuring.measure(ground, nanos, backlog);
  }

  private static MongoFigures publish(Ground ground, long nanos, int backlog)
      throws InterruptedException {
    EventBus bus = ground.bus();
    Semaphore room = new Semaphore(PIPELINED);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    // Whatever is in flight at the end of a span was in flight at its beginning too.
    MongoFigures figures =
        Span.measure(
            nanos,
            () -> {
              room.acquire();
              CompletableFuture<?> unused =
                  bus.publishAsync(Ground.TOPIC, Ground.Sample.OF_200_BYTES, PublishOptions.none())
                      .whenComplete(
                          (published, thrown) -> {
                            failure.compareAndSet(null, thrown);
                            room.release();
                          });
              return 1;
            });
    room.acquire(PIPELINED);
    Throwable thrown = failure.get();
    if (thrown != null) {
      throw new IllegalStateException("a publish failed", thrown);
    }
    return new MongoFigures(figures.perSecond(), 0, 0);
  }

  private static MongoFigures insertMany(Ground ground, long nanos, int backlog)
      throws InterruptedException {
    Document stored = ground.stored();
    MongoCollection<Document> plain = ground.plain();
    long[] next = {1};
    MongoFigures figures =
        Span.measure(
            nanos,
            () -> {
              plain.insertMany(Ground.like(stored, next[0], MANY));
              next[0] += MANY;
              return MANY;
            });
    return new MongoFigures(figures.perSecond(), 0, 0);
  }

  private static MongoFigures publishOne(Ground ground, long nanos, int backlog)
      throws InterruptedException {
    return Span.measure(
        nanos,
        () -> {
          ground.bus().publish(Ground.TOPIC, Ground.Sample.OF_200_BYTES);
          return 1;
        });
  }

  private static MongoFigures insertOne(Ground ground, long nanos, int backlog)
      throws InterruptedException {
    Document stored = ground.stored();
    MongoCollection<Document> plain = ground.plain();
    long[] next = {1};
    return Span.measure(
        nanos,
        () -> {
          plain.insertOne(Ground.like(stored, next[0]++));
          return 1;
        });
  }

  private static MongoFigures consume(Ground ground, long nanos, int backlog)
      throws InterruptedException {
    ground.load(backlog);
    consumeOnce(ground, "warm", backlog);
    return consumeOnce(ground, "measured", backlog);
  }

  /** From the subscribe until every ack is durable. */
  private static MongoFigures consumeOnce(Ground ground, String group, int backlog)
      throws InterruptedException {
    SubscribeOptions options =
        SubscribeOptions.builder()
            .startAt(StartAt.EARLIEST)
            .batchSize(IN_FLIGHT)
            .maxInFlight(IN_FLIGHT)
            .build();
    CountDownLatch handled = new CountDownLatch(backlog);
    long calls = ground.calls();
    long begun = System.nanoTime();
    try (Subscription subscription =
        ground.bus().subscribe(Ground.TOPIC, group, options, delivery -> handled.countDown())) {
      if (!handled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "%d of %d events did not come to group %s"
                .formatted(handled.getCount(), backlog, subscription.group()));
      }
      while (ground.floor(group) < backlog) {
        LockSupport.parkNanos(LOOK_NANOS);
      }
    }
    long took = System.nanoTime() - begun;
    return new MongoFigures(backlog * 1e9 / took, 0, (ground.calls() - calls) * 100.0 / backlog);
  }

  private static MongoFigures cursor(Ground ground, long nanos, int backlog) {
    ground.load(backlog);
    cursorOnce(ground, backlog);
    return cursorOnce(ground, backlog);
  }

  private static MongoFigures cursorOnce(Ground ground, int backlog) {
    long calls = ground.calls();
    long begun = System.nanoTime();
    int read = 0;
    for (Document document :
        ground
            .events()
            .find(Filters.eq("topic", Ground.TOPIC.name()))
            .sort(Sorts.ascending("seq"))
            .batchSize(MANY)) {
      read += document.containsKey("payload") ? 1 : 0;
    }
    long took = System.nanoTime() - begun;
    if (read != backlog) {
      throw new IllegalStateException(read + " documents were read, not " + backlog);
    }
    return new MongoFigures(backlog * 1e9 / took, 0, (ground.calls() - calls) * 100.0 / backlog);
  }
}
