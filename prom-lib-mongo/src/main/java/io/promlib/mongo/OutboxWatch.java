package io.promlib.mongo;

import com.mongodb.client.MongoDatabase;
import io.promlib.store.EventStore.Registration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells listeners of records that were added: of one's own at once, of others' by a change stream
 * on a thread, {@code prom-mongo-outbox}, that starts with the first listener and ends with {@link
 * #close()}.
 */
final class OutboxWatch implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxWatch.class);
  private static final String OUTBOX = "the outbox";
  private static final long AGAIN_SECONDS = 2;
  private static final long CLOSED_WITHIN = TimeUnit.SECONDS.toMillis(5);

  private final Listeners listeners = new Listeners();
  private final StreamWatch stream;
  private final boolean streaming;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Thread thread;

  OutboxWatch(MongoDatabase database, MongoNames names, WakeUp ways) {
    // It shows nothing that was before it began: that may be something too.
    this.stream =
        new StreamWatch(
            database.getCollection(names.outbox(), BsonDocument.class),
            List.of("topic"),
            this::tell,
            added -> tell());
    this.streaming = ways == WakeUp.STREAM_AND_POLLING;
  }

  Registration add(Runnable listener) {
    Runnable ended = listeners.add(OUTBOX, listener);
    start();
    return ended::run;
  }

  void tell() {
    listeners.tell(OUTBOX);
  }

  boolean isStreaming() {
    return stream.isAlive();
  }

  private synchronized void start() {
    if (streaming && thread == null && closed.getCount() > 0) {
      thread = new Thread(this::watch, "prom-mongo-outbox");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void watch() {
    try {
      boolean over = false;
      while (!over && stream.isPossible()) {
        boolean goesOn = stream.step();
        over = closed.await(goesOn ? 0 : AGAIN_SECONDS, TimeUnit.SECONDS);
      }
      if (!over) {
        LOG.info(
            "this server has no change streams for us; records of others are found by looking");
      }
    } catch (InterruptedException e) {
      // Only close() interrupts.
      Thread.currentThread().interrupt();
    } finally {
      stream.end();
    }
  }

  /** Ends the calls and the thread, waiting for it a bounded time. Idempotent. */
  @Override
  public void close() {
    listeners.clear();
    Thread watching;
    synchronized (this) {
      closed.countDown();
      watching = thread;
    }
    if (watching == null || watching == Thread.currentThread()) {
      return;
    }
    watching.interrupt();
    try {
      watching.join(CLOSED_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
