package io.promlib.wire;

import java.util.Locale;
import java.util.Optional;

/** The errors a gateway answers with. On the wire they are spelled in lower case. */
public enum ErrorCode {
  /** The frame is not one JSON object, or has a field twice. */
  BAD_JSON(false),
  /** A field is missing, of the wrong type or out of range; the message names it. */
  BAD_REQUEST(false),
  UNKNOWN_OP(false),
  /** AUTH comes first. */
  UNAUTHORIZED(false),
  NO_TOKEN(false),
  BAD_TOKEN(false),
  JWT_INVALID(false),
  TOKEN_EXPIRED(false),
  FORBIDDEN(false),
  ALREADY_SUBSCRIBED(false),
  NOT_SUBSCRIBED(false),
  /** MODACK of an event that is not in flight. */
  UNKNOWN_ID(false),
  PUBLISH_FAILED(true),
  ACK_FAILED(true),
  SUBSCRIBE_FAILED(true),
  RATE_LIMITED(true),
  TOO_LARGE(false),
  TOO_MANY(true),
  SLOW_CONSUMER(true),
  INTERNAL(true);

  private final String wire = name().toLowerCase(Locale.ROOT);
  private final boolean temporary;

  ErrorCode(boolean temporary) {
    this.temporary = temporary;
  }

  /** As it is spelled in a frame. */
  public String wire() {
    return wire;
  }

  /** Whether the same frame may well work later. */
  public boolean temporary() {
    return temporary;
  }

  /** The code spelled so; empty for one that a later version of the protocol added. */
  public static Optional<ErrorCode> ofWire(String spelled) {
    for (ErrorCode code : values()) {
      if (code.wire.equals(spelled)) {
        return Optional.of(code);
      }
    }
    return Optional.empty();
  }
}
