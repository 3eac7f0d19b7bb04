package io.promlib.wire;

import java.net.InetSocketAddress;

/**
 * Hears what an edge does; metrics implement it. Called on the edge's own threads, so it must be
 * quick and must not block; what it throws is logged and changes nothing.
 */
public interface GatewayListener {
  GatewayListener NONE = new GatewayListener() {};

  /** A connection was accepted. Its id is never used again in this process. */
  default void onConnect(long connectionId, InetSocketAddress remote) {}

  /** The connection proved who it is; called again for each fresh token. */
  default void onAuthenticated(long connectionId, String subject) {}

  /** The connection was answered with this error. */
  default void onError(long connectionId, ErrorCode code) {}

  /** The connection ended, by whichever side; nothing more is reported of it. */
  default void onClose(long connectionId, int closeCode, String reason) {}
}
