package io.promlib.client;

import org.jspecify.annotations.Nullable;

/**
 * Hears where a client stands, in order, on the thread {@code prom-client-callback}; what it throws
 * is logged.
 */
@FunctionalInterface
public interface ClientStateListener {
  ClientStateListener NONE = (state, cause) -> {};

  /**
   * The cause is what ended the connection or the client; null where nothing went wrong or nothing
   * more is known.
   */
  void onStateChange(ClientState state, @Nullable Throwable cause);
}
