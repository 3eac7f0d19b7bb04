package io.promlib.wire;

/** The codes that a gateway closes a WebSocket with. */
public final class CloseCode {
  /** The gateway is shutting down. */
  public static final int GOING_AWAY = 1001;

  /** A frame was larger than the limit. */
  public static final int TOO_LARGE = 1009;

  /** There are as many connections, or received bytes, as there may be. */
  public static final int TRY_AGAIN_LATER = 1013;

  /** Not authenticated in time or after too many attempts, or the token expired. */
  public static final int NOT_AUTHENTICATED = 4401;

  /** Binary frames, or too many frames that cannot be read or do no work. */
  public static final int ABUSE = 4403;

  /** The client stopped reading for too long. */
  public static final int SLOW_CONSUMER = 4408;

  private CloseCode() {}
}
