package io.promlib.client;

import io.promlib.wire.ServerFrame;
import org.jspecify.annotations.Nullable;

/** What the {@link Link} tells the client, under its lock. */
interface LinkOwner {
  void onConnected();

  /** A connection that was {@link #onConnected()} is gone. */
  void onLost();

  void onFrame(ServerFrame frame);

  void onState(ClientState state, @Nullable Throwable cause);

  /** The gateway ends the connection for a frame that is larger than it takes. */
  void onTooLarge();

  /** The gateway is not who its address says. */
  void onUntrusted(NoAnswerException failure);

  /** The token was refused for good. */
  void onRefused(ClientException refusal);
}
