package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.Action;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String JWKS = "https://keys.example/jwks.json";

  @Test
  void aStaticTokenIsLetIn() {
    Authenticator access = of(Map.of("WS_TOKEN", "a-token"));

    assertThat(access.authenticate("a-token").subject()).isEqualTo("static-token");
    assertRefused(access, "another");
  }

  @Test
  void aJwtMadeByTheTokenProgramIsLetInWithItsScopes() {
    Map<String, String> variables =
        Map.of("JWT_SECRET", SECRET, "JWT_AUD", "the-gateway", "JWT_ISS", "the-issuer");

    Identity identity = of(variables).authenticate(token(variables));

    assertThat(identity.subject()).isEqualTo("dev");
    assertThat(identity.policy().allows(Action.PUBLISH, "heartbeat.received")).isTrue();
    assertThat(identity.policy().allows(Action.PUBLISH, "process.state")).isFalse();
  }

  @Test
  void audienceAndIssuerAreCheckedWhereTheyAreSet() {
    for (String name : List.of("JWT_AUD", "JWT_ISS")) {
      Authenticator access = of(Map.of("JWT_SECRET", SECRET, name, "one"));

      assertRefused(access, token(Map.of("JWT_SECRET", SECRET, name, "another")));
      assertRefused(access, token(Map.of("JWT_SECRET", SECRET)));
    }
  }

  @Test
  void aStaticTokenAndJwtsAreBothLetIn() {
    Authenticator access = of(Map.of("WS_TOKEN", "a-token", "JWT_SECRET", SECRET));

    assertThat(access.authenticate("a-token").subject()).isEqualTo("static-token");
    assertThat(access.authenticate(token(Map.of("JWT_SECRET", SECRET))).subject()).isEqualTo("dev");
    assertRefused(access, "another");
    assertRefused(access, token(Map.of("JWT_SECRET", SECRET + "!")));
  }

  @Test
  void aKeyServerIsTaken() {
    assertThat(of(Map.of("JWT_JWKS_URL", JWKS, "JWT_AUD", "one"))).isNotNull();
  }

  @Test
  void nothingSetIsAnErrorThatNamesTheVariables() {
    assertThatThrownBy(() -> of(Map.of("WS_TOKEN", " ", "JWT_SECRET", "", "JWT_JWKS_URL", "")))
        .isInstanceOf(UsageException.class)
        .hasMessageContainingAll("WS_TOKEN is not set", "JWT_SECRET", "JWT_JWKS_URL");
  }

  @Test
  void aSecretAndAKeyServerTogetherAreRefused() {
    assertThatThrownBy(() -> of(Map.of("JWT_SECRET", SECRET, "JWT_JWKS_URL", JWKS)))
        .isInstanceOf(UsageException.class)
        .hasMessage("JWT_SECRET and JWT_JWKS_URL are both set: keep one of them");
  }

  @ParameterizedTest
  @ValueSource(strings = {"JWT_AUD", "JWT_ISS"})
  void whatIsCheckedOfNoJwtIsRefused(String name) {
    assertThatThrownBy(() -> of(Map.of("WS_TOKEN", "a-token", name, "one")))
        .isInstanceOf(UsageException.class)
        .hasMessage(name + " has no effect: set JWT_SECRET or JWT_JWKS_URL too, or neither");
  }

  @Test
  void aShortSecretIsAnErrorThatNamesTheVariableAndNotTheSecret() {
    String shortest = SECRET.substring(1);

    assertThatThrownBy(() -> of(Map.of("JWT_SECRET", shortest)))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("JWT_SECRET has 31 bytes")
        .hasMessageNotContaining(shortest);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://keys.example/jwks.json", "no address", "/jwks.json"})
  void aKeyServerThatCannotBeTrustedIsAnErrorThatNamesTheVariable(String url) {
    assertThatThrownBy(() -> of(Map.of("JWT_JWKS_URL", url)))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("JWT_JWKS_URL is wrong: ");
  }

  private static void assertRefused(Authenticator access, String token) {
    assertThatThrownBy(() -> access.authenticate(token))
        .isInstanceOf(AuthenticationException.class)
        .hasMessageNotContaining(token);
  }

  private static String token(Map<String, String> variables) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Token(InstantSource.system())
        .run(List.of(), variables, new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  private static Authenticator of(Map<String, String> variables) {
    return Access.of(new Environment(variables));
  }
}
