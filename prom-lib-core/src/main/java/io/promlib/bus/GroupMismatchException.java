package io.promlib.bus;

import io.promlib.PromException;

/** A subscribe differs from how its group was made; the message names the field. */
public class GroupMismatchException extends PromException {
  private static final long serialVersionUID = 1L;

  public GroupMismatchException(String message) {
    super(message);
  }
}
