package io.promlib.client;

import java.util.concurrent.CompletableFuture;

/**
 * A reader that follows a topic of the gateway without a group: every event from its position on,
 * in order, one at a time. It lives on through reconnects and then goes on behind the last event
 * that came, so that none is missing and none comes twice. Two things may be told differently:
 *
 * <ul>
 *   <li>A connection that is lost before the first event behind a snapshot makes the snapshot begin
 *       again, as of then: states come again, and a key that was deleted meanwhile is in it no
 *       more. The options' {@code onSnapshot} hears before each begins: what the one before gave is
 *       to be dropped.
 *   <li>A gateway that came back with a topic that ends before the tail's position refuses it: the
 *       tail has ended then.
 * </ul>
 */
public interface ClientTail extends AutoCloseable {

  String topic();

  /**
   * The lowest position that it has not come to: that of the last event handled, and one; 0 while
   * that is not known, which of a snapshot is until the first event behind it is handled.
   */
  long position();

  /** Starts no handler until {@link #resume()}, and asks the gateway to deliver nothing. */
  void pause();

  void resume();

  /**
   * Completes when no more is delivered: normally after a close, else with the {@link
   * ClientException} by which the gateway ended it, such as a right taken away, or the {@link
   * ClientClosedException} that ended the client.
   */
  CompletableFuture<Void> ended();

  /**
   * Starts no more handlers and waits for the one that runs up to the client's grace period. Called
   * by a handler of the client it does not wait. Idempotent, and throws nothing.
   */
  @Override
  void close();
}
