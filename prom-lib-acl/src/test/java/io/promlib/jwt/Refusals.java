package io.promlib.jwt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.AuthenticationException.Code;
import org.assertj.core.api.AbstractThrowableAssert;

/** Asserts that a token is refused, and that nothing of it is told. */
final class Refusals {

  private Refusals() {}

  static AbstractThrowableAssert<?, ? extends Throwable> refused(
      JwtVerifier verifier, String token, Code code) {
    return assertThatThrownBy(() -> verifier.authenticate(token))
        .isInstanceOfSatisfying(
            AuthenticationException.class,
            e -> {
              assertThat(e.code()).as(e.getMessage()).isEqualTo(code);
              tellsNothing(e, token);
            });
  }

  static AbstractThrowableAssert<?, ? extends Throwable> invalid(
      JwtVerifier verifier, String token, String check) {
    return refused(verifier, token, Code.JWT_INVALID).hasMessageStartingWith(check + ": ");
  }

  /** No part of the token of eight characters or more is in the message, and there is no cause. */
  static void tellsNothing(Throwable e, String token) {
    assertThat(e).hasNoCause();
    String message = String.valueOf(e.getMessage());
    for (int i = 0; i + 8 <= token.length(); i++) {
      if (message.contains(token.substring(i, i + 8))) {
        assertThat(message).doesNotContain(token.substring(i, i + 8));
      }
    }
  }
}
