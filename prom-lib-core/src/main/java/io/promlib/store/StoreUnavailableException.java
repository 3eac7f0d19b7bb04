package io.promlib.store;

import io.promlib.PromException;
import org.jspecify.annotations.Nullable;

/**
 * The store cannot be reached, or did not answer in time; whether the call took effect is not
 * known. Worth trying again: every call of the bus may be repeated.
 */
public class StoreUnavailableException extends PromException {
  private static final long serialVersionUID = 1L;

  public StoreUnavailableException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
