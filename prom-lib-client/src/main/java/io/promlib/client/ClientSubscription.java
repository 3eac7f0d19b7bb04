package io.promlib.client;

import java.util.concurrent.CompletableFuture;

/**
 * A subscriber of a group at the gateway. It lives on through reconnects; the group outlives it.
 */
public interface ClientSubscription extends AutoCloseable {

  String topic();

  String group();

  /**
   * Starts no handler until {@link #resume()}, and asks the gateway to deliver nothing. Leases
   * stay.
   */
  void pause();

  void resume();

  /** How many deliveries are here and not settled, waiting ones included. */
  int inFlight();

  /**
   * Completes when no more is delivered: normally after a close, else with the {@link
   * ClientException} by which the gateway ended it, such as a right taken away, or the {@link
   * ClientClosedException} that ended the client.
   */
  CompletableFuture<Void> ended();

  /**
   * Starts no more handlers, waits for the running ones up to the client's grace period, and hands
   * back what is left, uncounted. Called by a handler of the client it does not wait. Idempotent,
   * and throws nothing.
   */
  @Override
  void close();
}
