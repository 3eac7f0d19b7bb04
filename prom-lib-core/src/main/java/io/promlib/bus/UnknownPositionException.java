package io.promlib.bus;

import io.promlib.PromException;

/** A start position is not in the topic. */
public class UnknownPositionException extends PromException {
  private static final long serialVersionUID = 1L;

  public UnknownPositionException(String message) {
    super(message);
  }
}
