package io.promlib.bus;

import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A delivery that passes every call on to another one: for handlers around handlers, which override
 * what they have a say in.
 */
public abstract class ForwardingDelivery<T> implements Delivery<T> {
  private final Delivery<T> delivery;

  protected ForwardingDelivery(Delivery<T> delivery) {
    this.delivery = delivery;
  }

  @Override
  public EventRecord record() {
    return delivery.record();
  }

  @Override
  public T payload() {
    return delivery.payload();
  }

  @Override
  public boolean isTombstone() {
    return delivery.isTombstone();
  }

  @Override
  public int attempt() {
    return delivery.attempt();
  }

  @Override
  public Duration ackDeadline() {
    return delivery.ackDeadline();
  }

  @Override
  public String lease() {
    return delivery.lease();
  }

  @Override
  public boolean leaseLost() {
    return delivery.leaseLost();
  }

  @Override
  public AckResult ack() {
    return delivery.ack();
  }

  @Override
  public CompletionStage<AckResult> ackDurably() {
    return delivery.ackDurably();
  }

  @Override
  public AckResult nack(String reason) {
    return delivery.nack(reason);
  }

  @Override
  public AckResult nack(String reason, Duration delay) {
    return delivery.nack(reason, delay);
  }

  @Override
  public AckResult handBack(Duration after) {
    return delivery.handBack(after);
  }

  @Override
  public AckResult extend(Duration lease) {
    return delivery.extend(lease);
  }

  @Override
  public AckResult terminate(String reason) {
    return delivery.terminate(reason);
  }

  @Override
  public String toString() {
    return delivery.toString();
  }
}
