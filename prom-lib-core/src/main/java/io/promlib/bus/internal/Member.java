package io.promlib.bus.internal;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.EndReason;
import io.promlib.bus.Handler;
import io.promlib.bus.NonBlocking;
import io.promlib.bus.SubscribeOptions;
import io.promlib.bus.Subscription;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber of a group in this process. Its counts are guarded by the group's lock; any thread
 * may read them.
 */
final class Member implements Subscription {
  private final GroupRuntime group;
  private final Topic<?> topic;
  private final SubscribeOptions options;
  private final Handler<Object> handler;
  private final ObjectMapper mapper;
  private final Gate gate;
  private final long leaseNanos;
  private final CompletableFuture<EndReason> ended = new CompletableFuture<>();
  private volatile int inFlight;
  private volatile int active;

  /** Handlers at work. */
  int running;

  /** Tasks that run handlers, or are about to. */
  int workers;

  /**
   * At which of the group's moves its next event could not start; no worker is sent until the next.
   */
  long stalledAt = -1;

  boolean paused;
  boolean over;

  @SuppressWarnings(
      "unchecked") // a delivery's payload is read as the topic's type, which is the handler's
  Member(
      GroupRuntime group,
      Topic<?> topic,
      SubscribeOptions options,
      Handler<?> handler,
      ObjectMapper mapper,
      Gate gate) {
    this.group = group;
    this.topic = topic;
    this.options = options;
    this.handler = (Handler<Object>) handler;
    this.mapper = mapper;
    this.gate = gate;
    this.leaseNanos = options.ackDeadline().toNanos();
  }

  GroupRuntime runtime() {
    return group;
  }

  SubscribeOptions options() {
    return options;
  }

  Handler<Object> handler() {
    return handler;
  }

  Gate gate() {
    return gate;
  }

  long leaseNanos() {
    return leaseNanos;
  }

  @Nullable Object read(Payload payload) {
    return payload.as(topic.type(), mapper);
  }

  boolean isAsync() {
    return handler instanceof AsyncHandler<?>;
  }

  /** Whether its handler may be called on a thread that must not be held up. */
  boolean isPrompt() {
    return handler instanceof NonBlocking;
  }

  /** Whether one more handler may start, as far as this member goes. */
  boolean isFree() {
    return !over && !paused && running < options.concurrency() && inFlight < options.maxInFlight();
  }

  /** How many events it could start at once. */
  int free() {
    if (over || paused) {
      return 0;
    }
    int credit = options.maxInFlight() - inFlight;
    return options.manualAck() ? credit : Math.min(credit, options.concurrency() - running);
  }

  /** What is leased, or still handled after its lease was over: what a crash now may be due to. */
  int active() {
    return active;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the group's lock, read by gates
  void began() {
    inFlight++;
    active++;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // as above
  void beganAgain(Lease lease) {
    inFlight++;
    active += lease.running() ? 0 : 1;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // as above
  void neverBegan() {
    inFlight--;
    active--;
  }

  /** A lease is over. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // as above
  void ended(Lease lease) {
    inFlight--;
    if (!lease.running()) {
      rested(lease);
    }
  }

  /** A lease is over and its handler through. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // as above
  void rested(Lease lease) {
    active--;
    if (lease.alone()) {
      lease.alone(false);
      gate.open(lease);
    }
    gate.ended();
  }

  void tell(EndReason reason) {
    ended.complete(reason);
  }

  @Override
  public String topic() {
    return topic.name();
  }

  @Override
  public String group() {
    return group.key().group();
  }

  @Override
  public void pause() {
    group.pause(this, true);
  }

  @Override
  public void resume() {
    group.pause(this, false);
  }

  @Override
  public int inFlight() {
    return inFlight;
  }

  @Override
  public List<AckResult> ack(List<? extends Delivery<?>> deliveries) {
    List<Lease> leases = new ArrayList<>(deliveries.size());
    for (Delivery<?> delivery : deliveries) {
      if (delivery instanceof Lease lease && lease.isOf(group)) {
        leases.add(lease);
      }
    }
    Iterator<AckResult> together = group.ack(this, leases).iterator();
    List<AckResult> results = new ArrayList<>(deliveries.size());
    for (Delivery<?> delivery : deliveries) {
      boolean isOurs = delivery instanceof Lease lease && lease.isOf(group);
      results.add(isOurs ? together.next() : delivery.ack());
    }
    return results;
  }

  @Override
  public CompletionStage<EndReason> ended() {
    return ended.minimalCompletionStage();
  }

  @Override
  public void close() {
    group.leave(this, EndReason.CLOSED, false);
  }

  @Override
  public void abandon() {
    group.leave(this, EndReason.CLOSED, true);
  }
}
