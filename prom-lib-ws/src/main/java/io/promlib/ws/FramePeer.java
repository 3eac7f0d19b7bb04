package io.promlib.ws;

import io.promlib.ws.internal.InboundBudget;

/**
 * Whom {@link LimitedDraft} hands what it reads, on the connection's worker thread. After {@code
 * tooLarge}, {@code overBudget}, {@code onBinary} and {@code onProtocolError} it reads nothing
 * more; {@code onPause} comes all the same.
 */
interface FramePeer {
  /** The most bytes a message may have now. */
  int frameLimit();

  InboundBudget.Share inbound();

  /**
   * A whole text. The array belongs to the peer, which gives its length back to the budget when it
   * is done with it.
   */
  void onText(byte[] bytes, int size);

  /** All that had arrived is read. */
  void onPause();

  void onBinary();

  void onPing(byte[] data);

  void tooLarge(int limit);

  void overBudget();

  void onProtocolError(int code, String reason);
}
