package io.promlib.wire;

import io.promlib.PromException;
import org.jspecify.annotations.Nullable;

/** A frame could not be read. The message says what to mend; the sender is told it as an ERR. */
public class FrameException extends PromException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final @Nullable String corr;

  public FrameException(
      ErrorCode code, String message, @Nullable String corr, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.corr = corr;
  }

  /** {@code bad_json}, {@code bad_request} or {@code unknown_op}. */
  public ErrorCode code() {
    return code;
  }

  /** The frame's {@code corr}, as far as it could be read. */
  public @Nullable String corr() {
    return corr;
  }

  /** The answer to the sender. */
  public ServerFrame.Err toErr() {
    return ServerFrame.Err.of(code, String.valueOf(getMessage()), corr);
  }
}
