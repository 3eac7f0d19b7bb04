package io.promlib.client;

import io.promlib.bus.EventTooLargeException;
import io.promlib.event.Ids;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.time.Timing;
import io.promlib.wire.ClientFrame;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The publishing calls: they encode outside of the client's lock, and wait for room and answers
 * outside of it.
 */
final class Publishing {
  private final ClientContext client;
  private final Link link;
  private final PublishQueue queue;
  private final Runnable requireNotEnded;
  private final AtomicLong number = new AtomicLong();

  /** {@code requireNotEnded} runs under the lock and throws if nothing more may be published. */
  Publishing(ClientContext client, Link link, PublishQueue queue, Runnable requireNotEnded) {
    this.client = client;
    this.link = link;
    this.queue = queue;
    this.requireNotEnded = requireNotEnded;
  }

  Confirmed publish(Topic<?> topic, @Nullable Object payload, PublishOptions options) {
    PublishQueue.Entry event = encode(topic, payload, options);
    try {
      return Answers.await(addWhenRoom(event), "publishing");
    } catch (NoAnswerException interrupted) {
      throw Answers.unknown(String.valueOf(interrupted.getMessage()), event.id(), interrupted);
    }
  }

  CompletableFuture<Confirmed> publishAsync(
      Topic<?> topic, @Nullable Object payload, PublishOptions options) {
    PublishQueue.Entry event = encode(topic, payload, options);
    synchronized (client.lock()) {
      requireNotEnded.run();
      return client
          .threads()
          .outward(
              queue.isFull() ? CompletableFuture.failedFuture(queue.tooMany()) : queue.add(event));
    }
  }

  private CompletableFuture<Confirmed> addWhenRoom(PublishQueue.Entry event) {
    CompletableFuture<Void> timeUp = new CompletableFuture<>();
    while (true) {
      CompletableFuture<Void> room;
      synchronized (client.lock()) {
        requireNotEnded.run();
        if (!queue.isFull()) {
          return queue.add(event);
        }
        if (timeUp.isDone()) {
          throw queue.tooMany();
        }
        room = queue.room();
      }
      awaitRoom(room, timeUp);
    }
  }

  private void awaitRoom(CompletableFuture<Void> room, CompletableFuture<Void> timeUp) {
    Timing.Alarm alarm =
        client
            .timing()
            .schedule(
                () -> {
                  timeUp.complete(null);
                  room.complete(null);
                },
                client.settings().requestTimeout());
    try {
      var unused = Answers.await(room.handle((done, failure) -> true), "waiting to publish");
    } catch (NoAnswerException interrupted) {
      synchronized (client.lock()) {
        // It may have been woken in the same moment: then the next is to be.
        if (!room.complete(null)) {
          queue.admitNext();
        }
      }
      throw interrupted;
    } finally {
      alarm.cancel();
    }
  }

  private PublishQueue.Entry encode(
      Topic<?> topic, @Nullable Object value, PublishOptions options) {
    Payload payload = Payload.of(value, topic.type(), client.settings().mapper());
    int length = payload.bytes().length;
    int most = client.settings().maxEventBytes();
    if (length > most) {
      throw new EventTooLargeException(
          "payload for %s has %d bytes, more than the %d of maxEventBytes: make it smaller, or raise that here and at the gateway"
              .formatted(topic.name(), length, most));
    }
    String id = options.id() == null ? Ids.next(client.timing().millis()) : options.id();
    String corr = "p" + number.getAndIncrement();
    byte[] frame =
        link.encode(new ClientFrame.Publish(topic.name(), payload, options.id(id), corr));
    return new PublishQueue.Entry(corr, id, frame);
  }
}
