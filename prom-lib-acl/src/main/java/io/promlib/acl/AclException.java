package io.promlib.acl;

/**
 * The root of what this package throws beside misuse, which is an {@link IllegalArgumentException}.
 * Each subclass is one way for the caller to react.
 */
public abstract class AclException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  /** The message says what is wrong and what to do; it never holds a token. */
  protected AclException(String message) {
    super(message);
  }
}
