package io.promlib.client;

/** Where a client stands with its gateway. */
public enum ClientState {
  /** A connection is being made, or its token is being checked. */
  CONNECTING,
  /** The token was accepted and the subscriptions are asked for again. */
  CONNECTED,
  /** There is no connection; the next attempt comes after the back-off. */
  DISCONNECTED,
  /** The client was closed, or its token was refused; it does nothing more. */
  CLOSED
}
