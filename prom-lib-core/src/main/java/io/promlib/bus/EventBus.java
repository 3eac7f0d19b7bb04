package io.promlib.bus;

import io.promlib.event.Message;
import io.promlib.event.PublishOptions;
import io.promlib.event.Published;
import io.promlib.event.Topic;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Topics and durable consumer groups. Safe for use by many threads.
 *
 * <p>Its daemon threads are {@code prom-timer} and, while handlers run, {@code prom-worker-N}
 * (virtual threads where the JDK has them); {@link #close()} ends them. All other methods throw
 * {@link BusClosedException} once it is closed.
 */
public interface EventBus extends AutoCloseable {

  /** A bus that lives and dies with this process, with the defaults of {@link EventBusBuilder}. */
  static EventBus inMemory() {
    return builder().build();
  }

  static EventBusBuilder builder() {
    return new EventBusBuilder();
  }

  /** As {@link #publish(Topic, Object, PublishOptions)} with no options. */
  <T> Published publish(Topic<T> topic, T payload);

  /**
   * Appends an event and returns when that is durable. The payload must not change afterwards; null
   * is a tombstone.
   *
   * @throws IllegalArgumentException if a name, key or id breaks its rule, or the topic is the
   *     bus's own
   * @throws EventTooLargeException if the payload is encoded and larger than the bus allows
   * @throws TopicFullException if the topic refuses more
   * @throws LimitException if the topic is not there and there are as many as the store allows
   * @throws PublishException if it is unknown whether it was appended: publish again with the id
   *     that it carries
   */
  <T> Published publish(Topic<T> topic, T payload, PublishOptions options);

  /**
   * Appends events in their order, with the promises of {@link #publish(Topic, Object,
   * PublishOptions)} for each.
   */
  <T> List<Published> publishAll(Topic<T> topic, List<Message<T>> messages);

  /**
   * As {@link #publish(Topic, Object, PublishOptions)}, without waiting. Calls of one thread keep
   * their order; a mistake in the arguments is thrown at once, everything else fails the answer,
   * which completes on a thread of the bus or of a publisher. While the bus closes, or just forgot
   * the topic for want of events, the call may append by itself and wait for the store.
   */
  <T> CompletableFuture<Published> publishAsync(Topic<T> topic, T payload, PublishOptions options);

  /** {@link #publishAll}, without waiting. */
  <T> CompletableFuture<List<Published>> publishAllAsync(Topic<T> topic, List<Message<T>> messages);

  /** As {@link #subscribe(Topic, String, SubscribeOptions, Handler)} with the defaults. */
  <T> Subscription subscribe(Topic<T> topic, String group, Handler<T> handler);

  /**
   * Adds a subscriber to a group, and makes the group if there is none. Deliveries may begin before
   * this returns.
   *
   * @throws GroupMismatchException if the options differ from how the group was made, naming the
   *     one that does
   * @throws UnknownPositionException if the start position is not in the topic
   * @throws LimitException if there are as many groups as the store allows
   */
  <T> Subscription subscribe(
      Topic<T> topic, String group, SubscribeOptions options, Handler<T> handler);

  /** {@link #subscribe(Topic, String, SubscribeOptions, Handler)}, without waiting. */
  <T> CompletableFuture<Subscription> subscribeAsync(
      Topic<T> topic, String group, SubscribeOptions options, Handler<T> handler);

  /**
   * Follows a topic without a group: every event from the start that the options name, in order, to
   * this reader alone. Events may come before this returns, unless it begins paused.
   *
   * @throws UnknownPositionException if the start position is not in the topic
   */
  <T> Tail tail(Topic<T> topic, TailOptions options, TailHandler<T> handler);

  /**
   * Settles deliveries of a group by id and lease, for those who do not hold the {@link Delivery}.
   */
  Leases leases(String topic, String group);

  /** Views and changes of topics and groups. */
  BusAdmin admin();

  /**
   * Runs a blocking call of this bus on one of its workers: the twin of each method that has none
   * of its own.
   */
  <R> CompletableFuture<R> async(Function<EventBus, R> call);

  /**
   * Delivers nothing more, waits for running handlers up to the grace period, writes their acks,
   * hands back what is leased, uncounted, and ends the bus's threads. Idempotent, and throws
   * nothing.
   */
  @Override
  void close();
}
