package io.promlib.bus;

import io.promlib.PromException;

/** The bus is closed; nothing was done. */
public class BusClosedException extends PromException {
  private static final long serialVersionUID = 1L;

  public BusClosedException(String message) {
    super(message);
  }
}
