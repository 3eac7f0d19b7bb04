package io.promlib;

import org.jspecify.annotations.Nullable;

/**
 * The root of what the library throws at run time. There is one subclass for each different
 * reaction of a caller; the message says what went wrong, with which topic, group or id, and what
 * to do. Misuse of a method is an {@link IllegalArgumentException} or {@link IllegalStateException}
 * instead.
 */
public class PromException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public PromException(String message) {
    super(message);
  }

  public PromException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
