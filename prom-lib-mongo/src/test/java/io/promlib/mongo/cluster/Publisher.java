package io.promlib.mongo.cluster;

import io.promlib.bus.EventBus;
import io.promlib.bus.PublishException;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import io.promlib.store.StoreUnavailableException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Publishes event after event, several in flight, and notes each that is appended. What fails and
 * may be repeated is published again with its id, until it succeeds.
 */
final class Publisher {
  private static final Executor SOON = CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS);

  private final EventBus bus;
  private final Topic<String> topic;
  private final Journal journal;
  private final int window;
  private final Semaphore room;

  Publisher(EventBus bus, Topic<String> topic, Journal journal, int window) {
    this.bus = bus;
    this.topic = topic;
    this.journal = journal;
    this.window = window;
    room = new Semaphore(window);
  }

  /** Publishes one; waits while as many as the window allows have no answer. */
  void publish(String id, String key) throws InterruptedException {
    room.acquire();
    attempt(id, key);
  }

  /** Waits for all answers. */
  void finish() throws InterruptedException {
    room.acquire(window);
    room.release(window);
  }

  private void attempt(String id, String key) {
    CompletableFuture<?> unused =
        bus.publishAsync(topic, id, PublishOptions.none().id(id).key(key))
            .whenComplete((published, failure) -> answered(id, key, published, failure));
  }

  private void answered(
      String id, String key, @Nullable Published published, @Nullable Throwable failure) {
    if (published != null) {
      journal.note(Note.Kind.PUBLISHED, id, published.seq());
      room.release();
    } else if (mayBeRepeated(failure)) {
      SOON.execute(() -> attempt(id, key));
    } else {
      System.err.println(id + " was refused: " + failure);
    }
  }

  private static boolean mayBeRepeated(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof PublishException || cause instanceof StoreUnavailableException;
  }
}
