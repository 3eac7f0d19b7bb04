package io.promlib.bus;

import java.util.concurrent.CompletionStage;

/**
 * A reader that follows a topic by itself, without a group: it gets every event from its position
 * on, in order, one at a time. Nothing is acked, nothing comes again, and nothing of it is stored;
 * {@link #position()} says where another goes on.
 */
public interface Tail extends AutoCloseable {

  String topic();

  /** The lowest position that it has not come to. */
  long position();

  /** Starts no further event until {@link #resume()}. */
  void pause();

  void resume();

  /** Completes when no more is delivered, with the reason. */
  CompletionStage<EndReason> ended();

  /** Ends it; a handler that runs goes on to its end. Idempotent. */
  @Override
  void close();
}
