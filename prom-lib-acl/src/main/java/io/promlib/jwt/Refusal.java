package io.promlib.jwt;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.AuthenticationException.Code;

/** The reasons for refusing a token. None repeats what the token holds. */
final class Refusal {

  private Refusal() {}

  static AuthenticationException noToken() {
    return new AuthenticationException(Code.NO_TOKEN, "there is no token: send one");
  }

  /** It is no signed JWT by its form. */
  static AuthenticationException form(String message) {
    return new AuthenticationException(Code.BAD_TOKEN, message);
  }

  /** A check failed; the message begins with what was checked. */
  static AuthenticationException invalid(String check, String message) {
    return new AuthenticationException(Code.JWT_INVALID, check + ": " + message);
  }

  static AuthenticationException expired() {
    return new AuthenticationException(
        Code.TOKEN_EXPIRED, "exp: the token has expired: get a fresh one");
  }
}
