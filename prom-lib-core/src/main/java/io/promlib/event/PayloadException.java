package io.promlib.event;

import io.promlib.PromException;

/**
 * A payload could not be written as JSON, or not be read as the type asked for. Trying again gives
 * the same.
 */
public class PayloadException extends PromException {
  private static final long serialVersionUID = 1L;

  public PayloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
