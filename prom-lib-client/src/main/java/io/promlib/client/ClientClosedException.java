package io.promlib.client;

import io.promlib.PromException;
import org.jspecify.annotations.Nullable;

/**
 * The client is closed; nothing was done. Its cause is what ended it, if that was not {@link
 * EventClient#close()}.
 */
public class ClientClosedException extends PromException {
  private static final long serialVersionUID = 1L;

  public ClientClosedException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
