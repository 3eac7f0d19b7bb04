package io.promlib.examples;

/**
 * A command line or an environment that a program cannot run with; the message says what to mend.
 */
public class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
