package io.promlib.bus;

import io.promlib.PromException;

/** A configured limit is reached; nothing changed. Remove something, or raise the limit. */
public class LimitException extends PromException {
  private static final long serialVersionUID = 1L;

  public LimitException(String message) {
    super(message);
  }
}
