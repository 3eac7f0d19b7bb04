package io.promlib.bus;

import io.promlib.PromException;

/** An event is larger than the bus allows; nothing was appended. */
public class EventTooLargeException extends PromException {
  private static final long serialVersionUID = 1L;

  public EventTooLargeException(String message) {
    super(message);
  }
}
