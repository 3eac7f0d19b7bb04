package io.promlib.client;

import io.promlib.bus.AckResult;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The deliveries of one subscription: {@code held} is every one of this connection that is not
 * settled, {@code queue} those of them that no handler has yet. A lost connection empties both and
 * marks what was in them lost, so that nothing of an old connection is ever settled over a later
 * one. Under the client's lock, which what deliveries call takes.
 */
final class Inbox<T> {
  private static final Logger log = LoggerFactory.getLogger(Inbox.class);
  private static final long LONGEST_LEASE = Duration.ofHours(12).toMillis();

  private final ClientContext client;
  private final Topic<T> topic;
  private final String group;
  private final int most;
  private final Set<LiveDelivery<T>> held = new LinkedHashSet<>();
  private final ArrayDeque<LiveDelivery<T>> queue = new ArrayDeque<>();
  private final LeaseKeeper<T> keeper;
  private final Acks acks;
  private int sweepAt;
  private boolean toldOfTooMany;

  Inbox(ClientContext client, Topic<T> topic, String group, ClientSubscribeOptions options) {
    this.client = client;
    this.topic = topic;
    this.group = group;
    this.most = options.maxInFlight();
    this.sweepAt = 2 * most;
    this.acks = new Acks(client, topic.name(), group);
    this.keeper =
        new LeaseKeeper<>(
            client.lock(), client.timing(), options.extendUpTo(), held, this::extendByItself);
  }

  String topic() {
    return topic.name();
  }

  String group() {
    return group;
  }

  int size() {
    return held.size();
  }

  long now() {
    return client.timing().nanos();
  }

  @SuppressWarnings("unchecked")
  T read(Payload payload) {
    Object value = payload.as(topic.type(), client.settings().mapper());
    if (value == null || payload.isNull()) {
      throw new IllegalStateException("the event is a tombstone: it has no payload");
    }
    return (T) value;
  }

  /** Takes in a delivery. A gateway that knows its limits never sends more than may wait here. */
  void arrived(ServerFrame.Event frame) {
    long now = now();
    if (queue.size() >= most) {
      queue.removeIf(waiting -> waiting.isExpired(now) && held.remove(waiting));
    }
    if (queue.size() >= most) {
      if (!toldOfTooMany) {
        toldOfTooMany = true;
        log.warn("more of {} than maxInFlight comes for {}; letting it go", topic.name(), group);
      }
      return;
    }
    long millis = Math.min(LONGEST_LEASE, Math.max(1, frame.ctx().ackDeadlineMs()));
    LiveDelivery<T> delivery =
        new LiveDelivery<>(this, frame, Duration.ofMillis(millis).toNanos(), now);
    if (held.size() >= sweepAt) {
      sweep(now);
    }
    held.add(delivery);
    queue.add(delivery);
    keeper.arrived(delivery);
  }

  /** Lets go of what a handler left unsettled until its lease ran out: it comes again by itself. */
  private void sweep(long now) {
    held.removeIf(
        delivery -> {
          boolean over = delivery.handled && delivery.isExpired(now);
          delivery.lost |= over;
          return over;
        });
    sweepAt = Math.max(2 * most, 2 * held.size());
  }

  /**
   * Takes out the next delivery for a handler, passing over those that somebody else may have by
   * now.
   */
  @Nullable LiveDelivery<T> next() {
    LiveDelivery<T> next = queue.poll();
    while (next != null && next.isExpired(now())) {
      held.remove(next);
      next = queue.poll();
    }
    if (next != null) {
      keeper.started(next);
    }
    return next;
  }

  /** The leases are gone. */
  void forget() {
    held.forEach(delivery -> delivery.lost = true);
    held.clear();
    queue.clear();
    acks.lost();
  }

  Acks acks() {
    return acks;
  }

  CompletableFuture<AckResult> ack(LiveDelivery<T> delivery) {
    synchronized (client.lock()) {
      delivery.settled = true;
      if (delivery.lost) {
        return CompletableFuture.completedFuture(AckResult.STALE_LEASE);
      }
      remove(delivery);
      return client.threads().outward(acks.confirmed(delivery));
    }
  }

  /** Its handler returned: acks it with those that go out next. */
  void done(LiveDelivery<T> delivery) {
    delivery.settled = true;
    if (!delivery.lost) {
      remove(delivery);
      acks.quiet(delivery);
    }
  }

  /** Sends what settles a delivery, unless its lease went with its connection. */
  CompletableFuture<AckResult> settle(
      LiveDelivery<T> delivery, String what, Function<String, ClientFrame> frame) {
    synchronized (client.lock()) {
      delivery.settled = true;
      if (delivery.lost) {
        return CompletableFuture.completedFuture(AckResult.STALE_LEASE);
      }
      remove(delivery);
      return client.threads().outward(client.requests().send(what, frame).thenApply(Inbox::result));
    }
  }

  CompletableFuture<AckResult> extend(LiveDelivery<T> delivery, Duration by) {
    synchronized (client.lock()) {
      if (delivery.lost) {
        return CompletableFuture.completedFuture(AckResult.STALE_LEASE);
      }
      return client.threads().outward(modAck(delivery, by.toMillis(), by.toNanos()));
    }
  }

  private void extendByItself(LiveDelivery<T> delivery) {
    var unused = modAck(delivery, null, delivery.grantNanos);
  }

  private CompletableFuture<AckResult> modAck(
      LiveDelivery<T> delivery, @Nullable Long extendMs, long nanos) {
    long sent = now();
    delivery.extending++;
    return client
        .requests()
        .send("MODACK", corr -> delivery.modAck(extendMs, corr))
        .handle(
            (ok, failure) -> {
              AckResult result = failure == null ? result(ok) : unknownOrThrow(failure);
              if (result == AckResult.OK) {
                delivery.deadline = sent + nanos;
              } else {
                delivery.lost = true;
                remove(delivery);
              }
              return result;
            })
        .whenComplete(
            (result, failure) -> {
              delivery.extending--;
              keeper.keep(delivery);
            });
  }

  private void remove(LiveDelivery<T> delivery) {
    if (held.remove(delivery) && !delivery.started) {
      queue.remove(delivery);
    }
  }

  private static AckResult result(ServerFrame.Ok ok) {
    AckResult result = ok.result();
    return result == null ? AckResult.UNKNOWN : result;
  }

  /** A MODACK of nothing in flight is answered by an error on the wire; here it is a result. */
  private static AckResult unknownOrThrow(Throwable failure) {
    if (failure instanceof ClientException refusal && refusal.code() == ErrorCode.UNKNOWN_ID) {
      return AckResult.UNKNOWN;
    }
    throw failure instanceof RuntimeException known ? known : new IllegalStateException(failure);
  }
}
