package io.promlib.acl;

import static io.promlib.acl.Action.PUBLISH;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StaticTokenAuthenticatorTest {

  private static final String TOKEN = "correct-horse-battery-staple";

  private final Authenticator authenticator = StaticTokenAuthenticator.of(TOKEN);

  @Test
  void theTokenOpensEverythingForEver() {
    Identity identity = authenticator.authenticate(TOKEN);
    assertThat(identity)
        .isEqualTo(new Identity(StaticTokenAuthenticator.SUBJECT, Policy.allowAll(), null));
  }

  @Test
  void theTokenOpensWhatAGivenPolicyAllows() {
    Policy policy = Policy.allow(PUBLISH, "a").build();
    Identity identity = StaticTokenAuthenticator.of(TOKEN, policy).authenticate(TOKEN);
    assertThat(identity.policy()).isEqualTo(policy);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wrong",
        "correct-horse-battery-stapl",
        "correct-horse-battery-staplf",
        "correct-horse-battery-staple2",
        " correct-horse-battery-staple",
        "CORRECT-HORSE-BATTERY-STAPLE"
      })
  void anotherTokenIsRefusedWithoutBeingTold(String other) {
    AuthenticationException refusal = refusal(other);
    assertThat(refusal.code()).isEqualTo(AuthenticationException.Code.BAD_TOKEN);
    assertThat(refusal)
        .hasMessage("the token is not the one expected: check it")
        .hasNoCause()
        .isInstanceOf(AclException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\t\n"})
  void aBlankTokenIsNoToken(String blank) {
    assertThat(refusal(blank).code()).isEqualTo(AuthenticationException.Code.NO_TOKEN);
  }

  @Test
  void aVeryLongTokenIsRefusedLikeAnyOther() {
    assertThat(refusal(TOKEN.repeat(1_000)).code())
        .isEqualTo(AuthenticationException.Code.BAD_TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  "})
  void aBlankTokenCannotBeSet(String blank) {
    assertThatThrownBy(() -> StaticTokenAuthenticator.of(blank))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the token is blank: set a long random one");
  }

  @Test
  void theTokenIsInNoText() {
    assertThat(authenticator.toString()).doesNotContain(TOKEN);
    assertThat(authenticator.authenticate(TOKEN).toString()).doesNotContain(TOKEN);
    assertThat(refusal(TOKEN + "x").toString()).doesNotContain(TOKEN);
  }

  private AuthenticationException refusal(String token) {
    return catchThrowableOfType(
        AuthenticationException.class, () -> authenticator.authenticate(token));
  }
}
