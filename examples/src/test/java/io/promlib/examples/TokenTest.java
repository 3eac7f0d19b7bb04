package io.promlib.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jose4j.jwa.AlgorithmConstraints;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
  private static final String SECRET = "0123456789abcdef0123456789abcde ";
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00.999Z");

  private final Map<String, String> environment = new HashMap<>(Map.of("JWT_SECRET", SECRET));

  @Test
  void withoutOptionsItIsForTheExamplesTopicsAndGoodForAnHour() throws Exception {
    JwtClaims claims = claims();

    assertThat(claims.getClaimsMap())
        .isEqualTo(
            Map.of(
                "sub",
                "dev",
                "scopes",
                List.of("publish:heartbeat.received", "subscribe:process.state"),
                "iat",
                NOW.getEpochSecond(),
                "exp",
                NOW.getEpochSecond() + 3600));
  }

  @Test
  void everyOptionAndVariableIsTaken() throws Exception {
    environment.putAll(Map.of("JWT_ISS", "the-issuer", "JWT_AUD", "the-audience"));

    JwtClaims claims =
        claims("--scope", "*:a.**", "--sub", "me", "--scope", "publish", "--ttl", "2m");

    assertThat(claims.getClaimsMap())
        .containsEntry("scopes", List.of("*:a.**", "publish"))
        .containsEntry("sub", "me")
        .containsEntry("exp", NOW.getEpochSecond() + 120)
        .containsEntry("iss", "the-issuer")
        .containsEntry("aud", "the-audience");
  }

  @Test
  void onlyTheTokenIsPrinted() {
    assertThat(printed().lines()).hasSize(1);
    assertThat(printed()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\\R");
  }

  @Test
  void aMissingOrShortSecretIsAnErrorThatNamesTheVariable() {
    environment.put("JWT_SECRET", " ");
    assertThatThrownBy(this::printed)
        .isInstanceOf(UsageException.class)
        .hasMessage("JWT_SECRET is not set: set it to the gateway's, at least 32 bytes");

    environment.put("JWT_SECRET", "\u00e4".repeat(15) + "x");
    assertThatThrownBy(this::printed)
        .isInstanceOf(UsageException.class)
        .hasMessage("JWT_SECRET has 31 bytes: it needs at least 32, chosen at random");
  }

  @ParameterizedTest
  @ValueSource(strings = {"read:a", "publish:", "publish:a..b", "subscribe:***", ""})
  void aBadScopeIsNamed(String scope) {
    assertThatThrownBy(() -> printed("--scope", "publish:a", "--scope", scope))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--scope is wrong: scopes[1]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "31d", "999999999d", "1", "1w", "-1h", "1.5h", "1 h", "H", ""})
  void aTimeThatIsNoneOrOutOfRangeIsNamed(String ttl) {
    assertThatThrownBy(() -> printed("--ttl", ttl))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--ttl must be a time such as 30s, 15m, 1h or 7d, from 1 s to 2592000 s, is '%s'", ttl);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1s", "2592000s", "43200m", "720h", "30d"})
  void aTimeWithinRangeIsTaken(String ttl) {
    assertThat(printed("--ttl", ttl)).isNotBlank();
  }

  @Test
  void aSubjectThatIsBlankOrLongIsNamed() {
    for (String wrong : List.of("", "  ", "x".repeat(129))) {
      assertThatThrownBy(() -> printed("--sub", wrong))
          .isInstanceOf(UsageException.class)
          .hasMessage("--sub must have 1 to 128 characters and not be blank");
    }
  }

  @Test
  void whatAGatewayWouldRefuseIsNotPrinted() {
    String[] scopes =
        IntStream.range(0, 400)
            .boxed()
            .flatMap(i -> Stream.of("--scope", "publish:topic-number-" + i))
            .toArray(String[]::new);

    assertThatThrownBy(() -> printed(scopes))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("a gateway would refuse the token: the token has more than");
    assertThatThrownBy(() -> printed("--sub", "a\nb"))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("a gateway would refuse the token: sub");
  }

  @Test
  void anOptionThatIsGivenTwiceIsNamed() {
    assertThatThrownBy(() -> printed("--sub", "a", "--sub", "b"))
        .isInstanceOf(UsageException.class)
        .hasMessage("--sub is given 2 times: give it once");
  }

  private JwtClaims claims(String... line) throws Exception {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setAlgorithmConstraints(new AlgorithmConstraints(ConstraintType.PERMIT, "HS256"));
    jws.setKey(new HmacKey(SECRET.getBytes(StandardCharsets.UTF_8)));
    jws.setCompactSerialization(printed(line).strip());
    assertThat(jws.verifySignature()).isTrue();
    return JwtClaims.parse(jws.getPayload());
  }

  private String printed(String... line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Token(InstantSource.fixed(NOW))
        .run(List.of(line), environment, new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
