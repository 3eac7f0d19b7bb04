package io.promlib.client;

import io.promlib.bus.AckResult;
import io.promlib.event.EventRecord;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * One event leased to this client. Every method may be called by any thread and none blocks. The
 * results complete on the thread {@code prom-client-callback}; once the lease went with its
 * connection they are {@link AckResult#STALE_LEASE} and nothing is sent, and where the connection
 * is lost before the answer they fail with {@link NoAnswerException}.
 */
public interface ClientDelivery<T> {

  /** The event; the wire does not carry its append time, so {@code at} is its {@code ts}. */
  EventRecord record();

  /**
   * The payload as the topic's type.
   *
   * @throws IllegalStateException if the payload is null; see {@link #isTombstone()}
   * @throws io.promlib.event.PayloadException if it cannot be read as the type
   */
  T payload();

  /** Whether the payload is null, which deletes the event's key. */
  boolean isTombstone();

  /** Which attempt this is, from 1. */
  int attempt();

  /** Names this lease; it is never used again for another one. */
  String lease();

  /** How long the lease still lasts by this client's clock; zero or less when it expired. */
  Duration ackDeadline();

  /**
   * Whether somebody else may be at work on the event: what is still to be done here should be
   * left.
   */
  boolean leaseLost();

  /** The event is done. */
  CompletableFuture<AckResult> ack();

  /**
   * The attempt failed; the next comes after the group's back-off. The reason goes into a dead
   * letter.
   */
  CompletableFuture<AckResult> nack(String reason);

  /** As {@link #nack(String)}, with a delay of its own, at most an hour. */
  CompletableFuture<AckResult> nack(String reason, Duration delay);

  /** The lease lasts so long from now, from a second to an hour. */
  CompletableFuture<AckResult> extend(Duration lease);

  /** The event goes to the dead letters at once. */
  CompletableFuture<AckResult> term(String reason);
}
