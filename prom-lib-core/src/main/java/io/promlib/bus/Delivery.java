package io.promlib.bus;

import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * One event leased to one subscriber. Unless the subscription is {@code manualAck}, the handler's
 * return acks it and its throwing nacks it; a call made here before counts instead. Every method
 * may be called by any thread and none blocks.
 */
public interface Delivery<T> {

  EventRecord record();

  /**
   * The payload as the topic's type: the publisher's own object where it is in this process.
   *
   * @throws IllegalStateException if the payload is null; see {@link #isTombstone()}
   * @throws io.promlib.event.PayloadException if it cannot be read as the type
   */
  T payload();

  /** Whether the payload is null, which deletes the event's key. */
  boolean isTombstone();

  /** Which attempt this is, from 1. Counts failures, not deliveries that were handed back. */
  int attempt();

  /** How long the lease still lasts; zero or less when it expired. */
  Duration ackDeadline();

  /** Names this lease; it is never used again for another one. */
  String lease();

  /**
   * Whether somebody else may be at work on the event: what is still to be done here should be
   * left.
   */
  boolean leaseLost();

  /** The event is done. */
  AckResult ack();

  /**
   * As {@link #ack()}; completes when the result is durable, so that no crash can bring the event
   * back.
   */
  CompletionStage<AckResult> ackDurably();

  /**
   * The attempt failed; the next comes after the group's back-off. The reason goes into a dead
   * letter.
   */
  AckResult nack(String reason);

  /** As {@link #nack(String)}, with a delay of its own, at most an hour. */
  AckResult nack(String reason, Duration delay);

  /**
   * Gives the event back as if it had not been delivered: it comes again, to anyone, after this
   * time, at most an hour, and the attempt does not count. An event whose order asks for it holds
   * back what comes after it meanwhile.
   */
  AckResult handBack(Duration after);

  /** The lease lasts so long from now. */
  AckResult extend(Duration lease);

  /** The event goes to the dead letters at once. */
  AckResult terminate(String reason);
}
