package io.promlib.client;

import io.promlib.PromException;
import io.promlib.wire.ErrorCode;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The gateway, or the client in its place, refused a call; nothing was done. The code says why. */
public class ClientException extends PromException {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;
  private final boolean temporary;
  private final @Nullable Duration retryAfter;

  public ClientException(
      ErrorCode code, String message, boolean temporary, @Nullable Duration retryAfter) {
    super(message);
    this.code = code;
    this.temporary = temporary;
    this.retryAfter = retryAfter;
  }

  public ErrorCode code() {
    return code;
  }

  /** Whether the same call may succeed later. */
  public boolean temporary() {
    return temporary;
  }

  /** How long to wait before trying again, where the gateway said so. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }
}
