package io.promlib.state;

import io.promlib.PromException;

/**
 * The state of that moment cannot be told any more: events that it needs were removed. A later
 * moment may do; the message names one where there is.
 */
public class StateGoneException extends PromException {
  private static final long serialVersionUID = 1L;

  public StateGoneException(String message) {
    super(message);
  }
}
