package io.promlib.client;

import io.promlib.bus.TailHandler;
import io.promlib.bus.TailOptions;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import java.net.URI;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A gateway's topics and groups over one WebSocket. Safe for use by many threads. A lost connection
 * is made again with jittered back-off and a fresh token: subscriptions and tails are asked for
 * again, and publishes that have no answer yet are sent again under their ids and in their order,
 * so that none is lost or appended twice. What was delivered over the old connection has lost its
 * lease and comes again. A token that expires is replaced over the open connection, before it does.
 *
 * <p>Its daemon threads are {@code prom-client-read} and {@code WebSocketWriteThread-N} while
 * connected, {@code prom-client-worker-N} while handlers run, {@code prom-client-callback} for
 * answers and listeners, and {@code prom-timer} unless a timing was given; {@link #close()} ends
 * them. All methods but {@link #state()} throw {@link ClientClosedException} once it is closed.
 */
public interface EventClient extends AutoCloseable {

  /** A client of the gateway at this {@code ws:} or {@code wss:} address. */
  static EventClientBuilder builder(URI gateway) {
    return new EventClientBuilder(gateway);
  }

  /** As {@link #publish(Topic, Object, PublishOptions)} with no options. */
  <T> Confirmed publish(Topic<T> topic, T payload);

  /**
   * Publishes an event and waits until the gateway has it in the topic. The payload is encoded
   * before this returns; null is a tombstone. While as many publishes are in flight as the client
   * allows, waits for room up to the request timeout, then for the answer up to the request
   * timeout. Where the gateway answers {@code rate_limited} the client tries again within that
   * time; then later publishes that were sent already may get ahead of it.
   *
   * @throws io.promlib.event.PayloadException if the payload cannot be written
   * @throws io.promlib.bus.EventTooLargeException if it is larger than the client allows
   * @throws io.promlib.bus.PublishException if it is unknown whether it was appended: publish again
   *     with the id that it carries
   * @throws ClientException if the gateway refused it
   */
  <T> Confirmed publish(Topic<T> topic, T payload, PublishOptions options);

  /**
   * As {@link #publish(Topic, Object, PublishOptions)}, without waiting. Calls of one thread keep
   * their order. Where no more may be in flight it fails at once with a {@link ClientException} of
   * code {@code too_many}. The answer completes on the thread {@code prom-client-callback}: what
   * hangs on it must not wait there for another answer.
   */
  <T> CompletableFuture<Confirmed> publishAsync(Topic<T> topic, T payload, PublishOptions options);

  /**
   * As {@link #subscribe(Topic, String, ClientSubscribeOptions, ClientHandler)} with the defaults.
   */
  <T> ClientSubscription subscribe(Topic<T> topic, String group, ClientHandler<T> handler);

  /**
   * Adds a subscriber to a group, and makes the group if there is none. Deliveries may begin before
   * this returns.
   *
   * @throws ClientException if the gateway refused it, or this client has that subscription already
   * @throws NoAnswerException if there was no answer within the request timeout; nothing is
   *     subscribed then
   */
  <T> ClientSubscription subscribe(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler);

  /** {@link #subscribe(Topic, String, ClientSubscribeOptions, ClientHandler)}, without waiting. */
  <T> CompletableFuture<ClientSubscription> subscribeAsync(
      Topic<T> topic, String group, ClientSubscribeOptions options, ClientHandler<T> handler);

  /**
   * Follows a topic without a group: every event from the start that the options name, in order,
   * one at a time, to this client alone. Events may come before this returns. As many as the
   * options' {@code batchSize} wait here, then the gateway is asked to pause; what was on its way
   * comes on top of that. The handler runs on a worker of the client, and so does the gap listener,
   * in its place among the events.
   *
   * @throws ClientException if the gateway refused it, such as a position that the topic does not
   *     have, or this client follows the topic already
   * @throws NoAnswerException if there was no answer within the request timeout; nothing is
   *     followed then
   */
  <T> ClientTail tail(Topic<T> topic, TailOptions options, TailHandler<T> handler);

  /** {@link #tail(Topic, TailOptions, TailHandler)}, without waiting. */
  <T> CompletableFuture<ClientTail> tailAsync(
      Topic<T> topic, TailOptions options, TailHandler<T> handler);

  /**
   * {@link ClientSubscription#close()} by name, and without a group {@link ClientTail#close()};
   * tells whether there was such a subscription.
   */
  boolean unsubscribe(String topic, @Nullable String group);

  /**
   * Asks the token supplier for a token and gives it to the gateway over the open connection, so
   * that rights that have changed hold at once; subscriptions that are no longer allowed end. The
   * client does this by itself before a token expires. The token is asked for after this call, and
   * what is published and delivered meanwhile goes on.
   *
   * @return completes when the gateway has taken the token, on the thread {@code
   *     prom-client-callback}; fails with a {@link ClientException} if it refused it, and with a
   *     {@link NoAnswerException} if the supplier gave none within the request timeout, if the
   *     gateway gave no answer within it, or if there is no connection or no more (the next one
   *     begins with a fresh token). The token before then stays in force
   */
  CompletableFuture<Void> renewToken();

  ClientState state();

  /**
   * Starts no more handlers, waits for running ones and for publishes in flight up to the grace
   * period, hands back what is leased, uncounted, closes the connection and ends the client's
   * threads. What has no answer then fails. Called by a handler of this client it does not wait.
   * Idempotent, and throws nothing.
   */
  @Override
  void close();
}
