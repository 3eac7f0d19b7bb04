package io.promlib.client;

import io.promlib.bus.AckResult;
import io.promlib.event.EventRecord;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ServerFrame;
import io.promlib.wire.Target;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A delivery that its {@link Inbox} holds. Its clock is kept by {@link LeaseKeeper}. */
final class LiveDelivery<T> implements ClientDelivery<T> {
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final int LONGEST_REASON = 1000;

  private final Inbox<T> inbox;
  private final EventRecord event;
  private final int attempt;
  private final String lease;
  private final Target target;

  // Under the client's lock, but for the two that are read without.
  final long grantNanos;
  volatile long deadline;
  volatile boolean lost;
  long extendAt;
  long extendUntil;
  // MODACKs without an answer.
  int extending;
  boolean started;
  boolean handled;
  boolean settled;

  LiveDelivery(Inbox<T> inbox, ServerFrame.Event frame, long grantNanos, long now) {
    this.inbox = inbox;
    this.event = frame.event();
    this.attempt = frame.ctx().attempt();
    String named = frame.ctx().lease();
    this.lease = named == null ? "" : named;
    this.target = Target.one(inbox.topic(), inbox.group(), event.id(), named);
    this.grantNanos = grantNanos;
    this.deadline = now + grantNanos;
  }

  @Override
  public EventRecord record() {
    return event;
  }

  @Override
  public T payload() {
    return inbox.read(event.payload());
  }

  @Override
  public boolean isTombstone() {
    return event.payload().isNull();
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public String lease() {
    return lease;
  }

  @Override
  public Duration ackDeadline() {
    return Duration.ofNanos(deadline - inbox.now());
  }

  @Override
  public boolean leaseLost() {
    return lost || isExpired(inbox.now());
  }

  boolean isExpired(long now) {
    return deadline - now <= 0;
  }

  @Override
  public CompletableFuture<AckResult> ack() {
    return inbox.ack(this);
  }

  @Override
  public CompletableFuture<AckResult> nack(String reason) {
    return nack(reason, (Long) null);
  }

  @Override
  public CompletableFuture<AckResult> nack(String reason, Duration delay) {
    return nack(reason, Limits.between("delay in ms", delay, 0, HOUR).toMillis());
  }

  private CompletableFuture<AckResult> nack(String reason, @Nullable Long delayMs) {
    String shortened = shorten(reason);
    return inbox.settle(
        this, "NACK", corr -> new ClientFrame.Nack(target, shortened, delayMs, corr));
  }

  @Override
  public CompletableFuture<AckResult> term(String reason) {
    String shortened = shorten(reason);
    return inbox.settle(this, "TERM", corr -> new ClientFrame.Term(target, shortened, corr));
  }

  @Override
  public CompletableFuture<AckResult> extend(Duration by) {
    return inbox.extend(this, Limits.between("lease in ms", by, 1000, HOUR));
  }

  Target target() {
    return target;
  }

  /** The MODACK for so long; null for the subscription's own ack deadline. */
  ClientFrame modAck(@Nullable Long extendMs, String corr) {
    return new ClientFrame.ModAck(target, extendMs, corr);
  }

  private static String shorten(String reason) {
    return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON);
  }
}
