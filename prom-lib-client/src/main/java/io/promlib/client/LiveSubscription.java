package io.promlib.client;

import io.promlib.bus.AckResult;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.time.Timing;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.SubscribeOpts;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A subscription as the client keeps it, through all connections.
 *
 * <p>Under the client's lock: {@code held} is every delivery of this connection that is not
 * settled, {@code queue} those of them that no handler has yet. A lost connection empties both and
 * marks what was in them lost, so that nothing of an old connection is ever settled over a later
 * one.
 */
final class LiveSubscription<T> implements ClientSubscription {

  /** What a subscription needs of its client. */
  record Context(
      Object lock,
      ClientSettings settings,
      Timing timing,
      Threads threads,
      Requests requests,
      Consumer<LiveSubscription<?>> over) {}

  private static final Logger log = LoggerFactory.getLogger(LiveSubscription.class);
  private static final Duration RETRY = Duration.ofSeconds(1);
  private static final long LONGEST_GRANT = Duration.ofHours(12).toMillis();

  private final Context client;
  private final Topic<T> topic;
  private final String group;
  private final ClientSubscribeOptions options;
  private final ClientHandler<T> handler;
  private final Set<LiveDelivery<T>> held = new LinkedHashSet<>();
  private final ArrayDeque<LiveDelivery<T>> queue = new ArrayDeque<>();
  private final LeaseKeeper<T> keeper;
  private final CompletableFuture<ClientSubscription> subscribed = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private final CompletableFuture<Void> endedOutward;

  private boolean live;
  private int connection;
  private boolean paused;
  private boolean draining;
  private boolean over;
  private int running;

  LiveSubscription(
      Context client,
      Topic<T> topic,
      String group,
      ClientSubscribeOptions options,
      ClientHandler<T> handler) {
    this.client = client;
    this.topic = topic;
    this.group = group;
    this.options = options;
    this.handler = handler;
    this.endedOutward = client.threads.outward(ended);
    this.keeper =
        new LeaseKeeper<>(
            client.lock, client.timing, options.extendUpTo(), held, this::extendByItself);
  }

  @Override
  public String topic() {
    return topic.name();
  }

  @Override
  public String group() {
    return group;
  }

  /** Completes with this when the gateway has taken it for the first time. */
  CompletableFuture<ClientSubscription> subscribed() {
    return subscribed;
  }

  long now() {
    return client.timing.nanos();
  }

  @SuppressWarnings("unchecked")
  T read(Payload payload) {
    Object value = payload.as(topic.type(), client.settings.mapper());
    if (value == null || payload.isNull()) {
      throw new IllegalStateException("the event is a tombstone: it has no payload");
    }
    return (T) value;
  }

  // What the connection tells.

  void connected() {
    connection++;
    if (over || draining) {
      return;
    }
    ask();
  }

  private void ask() {
    int current = connection;
    live = true;
    var unused =
        client
            .requests
            .send("SUBSCRIBE", corr -> new ClientFrame.Subscribe(topic.name(), group, opts(), corr))
            .whenComplete((ok, failure) -> asked(current, failure));
    if (paused) {
      tell("PAUSE", corr -> new ClientFrame.Pause(topic.name(), group, corr));
    }
  }

  private void asked(int current, @Nullable Throwable failure) {
    if (failure == null) {
      subscribed.complete(this);
    } else if (current != connection || over) {
      return;
    } else if (failure instanceof ClientException refusal) {
      refused(refusal);
    } else if (live) {
      askLater(RETRY);
    }
  }

  private void refused(ClientException refusal) {
    if (refusal.code() == ErrorCode.ALREADY_SUBSCRIBED && subscribed.isDone()) {
      return;
    }
    if (refusal.temporary() && subscribed.isDone()) {
      askLater(refusal.retryAfter().orElse(RETRY));
    } else {
      end(refusal);
    }
  }

  private void askLater(Duration wait) {
    int current = connection;
    client.timing.schedule(
        () -> {
          synchronized (client.lock) {
            if (current == connection && live && !over && !draining) {
              ask();
            }
          }
        },
        wait);
  }

  void lost() {
    connection++;
    live = false;
    forget();
  }

  private void forget() {
    held.forEach(delivery -> delivery.lost = true);
    held.clear();
    queue.clear();
  }

  void arrived(ServerFrame.Event frame) {
    if (over || draining) {
      return;
    }
    long now = now();
    if (queue.size() >= options.maxInFlight()) {
      queue.removeIf(waiting -> waiting.isExpired(now) && held.remove(waiting));
    }
    if (queue.size() >= options.maxInFlight()) {
      log.warn(
          "the gateway delivers more of {} to {} than it may; letting one go", topic.name(), group);
      return;
    }
    long millis = Math.min(LONGEST_GRANT, Math.max(1, frame.ctx().ackDeadlineMs()));
    LiveDelivery<T> delivery =
        new LiveDelivery<>(this, frame, Duration.ofMillis(millis).toNanos(), now);
    held.add(delivery);
    queue.add(delivery);
    keeper.arrived(delivery);
    startMore();
  }

  void gap(ServerFrame.Gap gap) {
    client.threads.callBack(
        () -> {
          try {
            options.gapListener().onGap(gap.from(), gap.to());
          } catch (RuntimeException e) {
            log.warn("the gap listener of {} {} failed", topic.name(), group, e);
          }
        });
  }

  // Handlers.

  private void startMore() {
    LiveDelivery<T> next = next();
    while (next != null) {
      LiveDelivery<T> first = next;
      client.threads.work(() -> work(first));
      next = next();
    }
  }

  /** Takes the next delivery to handle, if one may start; then it counts as running. */
  private @Nullable LiveDelivery<T> next() {
    while (!paused && !draining && !over && running < options.concurrency()) {
      LiveDelivery<T> next = queue.poll();
      if (next == null) {
        return null;
      }
      if (next.isExpired(now())) {
        // Somebody else may have it by now.
        held.remove(next);
        continue;
      }
      running++;
      keeper.started(next);
      return next;
    }
    return null;
  }

  private void work(LiveDelivery<T> first) {
    LiveDelivery<T> delivery = first;
    while (delivery != null) {
      Throwable failure = handle(delivery);
      // What interrupted this handler is not meant for the next.
      Thread.interrupted();
      synchronized (client.lock) {
        delivery.handled = true;
        if (!options.manualAck() && !delivery.settled) {
          settleHandled(delivery, failure);
        }
        running--;
        if (draining && running == 0) {
          finish();
        }
        delivery = next();
      }
    }
  }

  private @Nullable Throwable handle(LiveDelivery<T> delivery) {
    try {
      handler.handle(delivery);
      return null;
    } catch (Throwable t) {
      log.warn("the handler of {} {} failed on {}", topic.name(), group, delivery.record().id(), t);
      return t;
    }
  }

  private void settleHandled(LiveDelivery<T> delivery, @Nullable Throwable failure) {
    var unused =
        (failure == null ? delivery.ack() : delivery.nack(failure.toString()))
            .whenComplete(
                (result, error) -> {
                  if (error != null) {
                    log.debug("{} may come again: {}", delivery.record().id(), error.toString());
                  }
                });
  }

  // Settling.

  /** Sends what settles a delivery, unless its lease went with its connection. */
  CompletableFuture<AckResult> settle(
      LiveDelivery<T> delivery, String what, Function<String, ClientFrame> frame) {
    synchronized (client.lock) {
      delivery.settled = true;
      if (delivery.lost) {
        return CompletableFuture.completedFuture(AckResult.STALE_LEASE);
      }
      held.remove(delivery);
      queue.remove(delivery);
      return client.threads.outward(
          client.requests.send(what, frame).thenApply(LiveSubscription::result));
    }
  }

  private static AckResult result(ServerFrame.Ok ok) {
    AckResult result = ok.result();
    return result == null ? AckResult.UNKNOWN : result;
  }

  CompletableFuture<AckResult> extend(LiveDelivery<T> delivery, Duration by) {
    synchronized (client.lock) {
      if (delivery.lost) {
        return CompletableFuture.completedFuture(AckResult.STALE_LEASE);
      }
      return client.threads.outward(modAck(delivery, by.toMillis(), by.toNanos()));
    }
  }

  private void extendByItself(LiveDelivery<T> delivery) {
    var unused = modAck(delivery, null, delivery.grantNanos);
  }

  private CompletableFuture<AckResult> modAck(
      LiveDelivery<T> delivery, @Nullable Long extendMs, long nanos) {
    long sent = now();
    return client
        .requests
        .send("MODACK", corr -> delivery.modAck(extendMs, corr))
        .handle(
            (ok, failure) -> {
              AckResult result = extended(failure == null ? result(ok) : null, failure);
              if (result == AckResult.OK) {
                delivery.deadline = sent + nanos;
              } else {
                delivery.lost = true;
                held.remove(delivery);
                queue.remove(delivery);
              }
              return result;
            })
        .whenComplete((result, failure) -> keeper.keep(delivery));
  }

  /** The answer to a MODACK of nothing in flight is an error on the wire, and a result here. */
  private static AckResult extended(@Nullable AckResult result, @Nullable Throwable failure) {
    if (result != null) {
      return result;
    }
    if (failure instanceof ClientException refusal && refusal.code() == ErrorCode.UNKNOWN_ID) {
      return AckResult.UNKNOWN;
    }
    throw failure instanceof RuntimeException e ? e : new IllegalStateException(failure);
  }

  // Pausing and ending.

  @Override
  public void pause() {
    synchronized (client.lock) {
      if (!paused && !over) {
        paused = true;
        tell("PAUSE", corr -> new ClientFrame.Pause(topic.name(), group, corr));
      }
    }
  }

  @Override
  public void resume() {
    synchronized (client.lock) {
      if (paused && !over) {
        paused = false;
        tell("RESUME", corr -> new ClientFrame.Resume(topic.name(), group, corr));
        startMore();
      }
    }
  }

  private void tell(String what, Function<String, ClientFrame> frame) {
    if (!live) {
      return;
    }
    var unused =
        client
            .requests
            .send(what, frame)
            .whenComplete(
                (ok, failure) -> {
                  if (failure instanceof ClientException) {
                    log.warn(
                        "{} of {} {} was refused: {}",
                        what,
                        topic.name(),
                        group,
                        failure.getMessage());
                  }
                });
  }

  @Override
  public int inFlight() {
    synchronized (client.lock) {
      return held.size();
    }
  }

  @Override
  public CompletableFuture<Void> ended() {
    return endedOutward.copy();
  }

  @Override
  public void close() {
    synchronized (client.lock) {
      var unused = drain(client.settings.gracePeriod());
    }
    if (client.threads.isCaller()) {
      return;
    }
    try {
      var unused = Answers.await(ended.handle((done, failure) -> this), "unsubscribing");
    } catch (NoAnswerException interrupted) {
      log.debug("not waiting for the end of {} {}", topic.name(), group);
    }
  }

  /**
   * Starts no more handlers; when the running ones are done, or the time is up, hands back what is
   * left.
   */
  CompletableFuture<Void> drain(Duration grace) {
    if (over || draining) {
      return ended;
    }
    draining = true;
    if (running == 0) {
      finish();
    } else {
      client.timing.schedule(
          () -> {
            synchronized (client.lock) {
              finish();
            }
          },
          grace);
    }
    return ended;
  }

  private void finish() {
    if (over) {
      return;
    }
    over = true;
    forget();
    if (!live) {
      finished(null);
      return;
    }
    var unused =
        client
            .requests
            .send("UNSUBSCRIBE", corr -> new ClientFrame.Unsubscribe(topic.name(), group, corr))
            .whenComplete((ok, failure) -> finished(null));
  }

  /** The gateway ended it, or the client was ended. */
  void end(RuntimeException cause) {
    if (!over) {
      over = true;
      forget();
      finished(cause);
    }
  }

  /** There was no answer to the first SUBSCRIBE in time: takes it back. */
  void giveUp(RuntimeException cause) {
    if (!subscribed.isDone()) {
      subscribed.completeExceptionally(cause);
      finish();
    }
  }

  private void finished(@Nullable RuntimeException cause) {
    client.over.accept(this);
    if (cause == null) {
      subscribed.completeExceptionally(
          new ClientClosedException(
              "the subscription was closed before the gateway had taken it", null));
      ended.complete(null);
    } else {
      subscribed.completeExceptionally(cause);
      ended.completeExceptionally(cause);
    }
  }

  // NullAway does not see in a class file that a nested type may be null there.
  @SuppressWarnings("NullAway")
  private SubscribeOpts opts() {
    Duration deadline = options.ackDeadline();
    return new SubscribeOpts(
        options.startAt(),
        null,
        options.maxInFlight(),
        deadline == null ? null : deadline.toMillis(),
        options.maxAttempts(),
        options.ordering(),
        null,
        false,
        options.filter(),
        false,
        false);
  }
}
