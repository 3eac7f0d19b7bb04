package io.promlib.bus;

import io.promlib.PromException;

/** A topic has no room and its groups are behind; nothing of this call was appended that has no answer. Try again later. */
public class TopicFullException extends PromException {
  private static final long serialVersionUID = 1L;

  public TopicFullException(String message) {
    super(message);
  }
}
