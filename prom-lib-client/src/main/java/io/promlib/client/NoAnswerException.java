package io.promlib.client;

import io.promlib.PromException;
import org.jspecify.annotations.Nullable;

/**
 * The gateway could not be reached, or the connection was lost, or the time was up before it
 * answered: whether the call took effect is unknown. Try again later. A publish throws {@link
 * io.promlib.bus.PublishException} instead.
 */
public class NoAnswerException extends PromException {
  private static final long serialVersionUID = 1L;

  public NoAnswerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
