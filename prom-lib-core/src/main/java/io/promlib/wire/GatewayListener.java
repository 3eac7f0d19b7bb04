package io.promlib.wire;

import org.jspecify.annotations.Nullable;

/**
 * Hears what an edge does; metrics implement it. Called on the edge's own threads, so it must be
 * quick and must not block; what it throws is logged and changes nothing.
 */
public interface GatewayListener {
  GatewayListener NONE = new GatewayListener() {};

  /** A connection was accepted; nobody knows yet whose it is. */
  default void onConnect(GatewayPeer peer) {}

  /** The connection proved who it is; called again for each fresh token. */
  default void onAuthenticated(GatewayPeer peer) {}

  /** The connection was answered with this error. */
  default void onError(GatewayPeer peer, ErrorCode code) {}

  /**
   * A subscription of the connection was ended by the edge, for the reason it was told; without a
   * group, a tail.
   */
  default void onRevoked(GatewayPeer peer, String topic, @Nullable String group, String reason) {}

  /**
   * The connection ended, by whichever side. Nothing more is reported of it, but what another
   * thread is reporting at that moment.
   */
  default void onClose(GatewayPeer peer, int closeCode, String reason) {}
}
