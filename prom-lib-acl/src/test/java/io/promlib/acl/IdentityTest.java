package io.promlib.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class IdentityTest {

  private static final Instant END = Instant.ofEpochSecond(1_000);

  @Test
  void itIsExpiredFromItsEndOn() {
    Identity identity = new Identity("ann", Policy.denyAll(), END);
    assertThat(identity.isExpired(END.minusMillis(1))).isFalse();
    assertThat(identity.isExpired(END)).isTrue();
    assertThat(identity.isExpired(END.plusMillis(1))).isTrue();
  }

  @Test
  void itNeverExpiresWithoutAnEnd() {
    assertThat(new Identity("ann", Policy.denyAll(), null).isExpired(Instant.MAX)).isFalse();
  }

  @Test
  void aBlankSubjectIsRefused() {
    assertThatThrownBy(() -> new Identity(" ", Policy.denyAll(), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("subject is blank: name who the token speaks for");
  }

  @ParameterizedTest
  @EnumSource
  void theCodesAreTheOnesOnTheWire(AuthenticationException.Code code) {
    assertThat(code.wireName())
        .isEqualTo(
            switch (code) {
              case NO_TOKEN -> "no_token";
              case BAD_TOKEN -> "bad_token";
              case JWT_INVALID -> "jwt_invalid";
              case TOKEN_EXPIRED -> "token_expired";
            });
  }
}
