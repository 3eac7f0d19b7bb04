package io.promlib.mongo;

import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import io.promlib.bus.ForwardingDelivery;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/** A delivery whose commit acks it, and that notes when it is settled in any other way. */
final class TransactedDelivery<T> extends ForwardingDelivery<T> {
  private volatile boolean settled;

  TransactedDelivery(Delivery<T> delivery) {
    super(delivery);
  }

  /** Whether it was given up, so that nothing is to be committed. */
  boolean isSettled() {
    return settled;
  }

  @Override
  public AckResult ack() {
    throw refused();
  }

  @Override
  public CompletionStage<AckResult> ackDurably() {
    throw refused();
  }

  @Override
  public AckResult nack(String reason) {
    settled = true;
    return super.nack(reason);
  }

  @Override
  public AckResult nack(String reason, Duration delay) {
    settled = true;
    return super.nack(reason, delay);
  }

  @Override
  public AckResult handBack(Duration after) {
    settled = true;
    return super.handBack(after);
  }

  @Override
  public AckResult terminate(String reason) {
    settled = true;
    return super.terminate(reason);
  }

  private IllegalStateException refused() {
    return new IllegalStateException(
        this + " is acked when its transaction is committed: return from the handler instead");
  }
}
