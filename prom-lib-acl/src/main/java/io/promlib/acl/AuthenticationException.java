package io.promlib.acl;

import java.util.Locale;

/**
 * A token was not accepted; the client needs another one. The message may be sent to the client and
 * logged: it never holds the token or a part of it, and there is no cause, for that might.
 */
public final class AuthenticationException extends AclException {

  private static final long serialVersionUID = 1L;

  private final Code code;

  /** The message is to say what to mend, without the token. */
  public AuthenticationException(Code code, String message) {
    super(message);
    this.code = code;
  }

  /** Why the token was not accepted. */
  public Code code() {
    return code;
  }

  /** The reasons, as clients are told them. */
  public enum Code {
    /** There is none. */
    NO_TOKEN,
    /** It is not the one expected, or no token at all by its form. */
    BAD_TOKEN,
    /** It is a JWT whose signature or claims do not hold. */
    JWT_INVALID,
    /** It was good, until it expired. */
    TOKEN_EXPIRED;

    /** The error code on the wire, such as {@code bad_token}. */
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
