package io.promlib.jwt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import io.promlib.testkit.fuzz.Fuzz;
import io.promlib.testkit.fuzz.JsonInputs;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Only what was signed as it stands is accepted, byte for byte, and only if its header and claims
 * are good; whatever else comes is refused by name, and nothing of it is told.
 */
class JwtFuzzTest {
  private static final int ROUNDS = 2_000;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ForgedTokens FORGED = new ForgedTokens();
  private static final JwtVerifier SECRET =
      set(JwtVerifier.builder()).secret(Tokens.SECRET).build();
  private static final KeyServer SERVER =
      new KeyServer(new String(ForgedTokens.JWKS_EXAMPLES.get(2), StandardCharsets.UTF_8));
  private static final JwtVerifier PUBLIC_KEYS = set(SERVER.verifier()).build();

  private static JwtVerifierBuilder set(JwtVerifierBuilder builder) {
    return builder.clock(() -> Instant.ofEpochSecond(Tokens.NOW)).cacheSize(100);
  }

  @BeforeAll
  static void theExamplesAreAccepted() {
    assertThat(FORGED.signedWithTheSecret()).allMatch(token -> accepts(SECRET, token));
    assertThat(FORGED.signedWithTheKey()).allMatch(token -> accepts(PUBLIC_KEYS, token));
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void aTextThatNobodySignedAsItStandsIsRefused() {
    Fuzz.run(
        getClass(),
        "token",
        ROUNDS,
        FORGED,
        input -> {
          String token = ForgedTokens.text(input);
          boolean bySecret = accepts(SECRET, token);
          boolean byKey = accepts(PUBLIC_KEYS, token);
          assertThat(bySecret).isEqualTo(FORGED.signedWithTheSecret().contains(token));
          assertThat(byKey).isEqualTo(FORGED.signedWithTheKey().contains(token));
          return bySecret || byKey;
        });
  }

  @Test
  void aSignedHeaderIsAcceptedOnlyIfItAsksForNothingButTheSignature() {
    Fuzz.run(
        getClass(),
        "header",
        ROUNDS,
        JsonInputs.from(ForgedTokens.HEADERS),
        header -> {
          if (!accepts(SECRET, ForgedTokens.hs256(header, ForgedTokens.CLAIMS.get(0)))) {
            return false;
          }
          JsonNode read = JSON.readTree(header);
          assertThat(read.path("alg").textValue()).isEqualTo("HS256");
          assertThat(read.fieldNames()).toIterable().doesNotContain("crit", "b64", "zip", "enc");
          return true;
        });
  }

  @Test
  void signedClaimsAreAcceptedOnlyWithAnEndAheadAndAName() {
    Fuzz.run(
        getClass(),
        "claims",
        ROUNDS,
        JsonInputs.from(ForgedTokens.CLAIMS),
        claims -> {
          String token = ForgedTokens.hs256(ForgedTokens.HEADERS.get(0), claims);
          if (!accepts(SECRET, token)) {
            return false;
          }
          Identity identity = SECRET.authenticate(token);
          JsonNode read = JSON.readTree(claims);
          assertThat(identity.subject()).isEqualTo(read.path("sub").textValue()).isNotBlank();
          double end = read.path("exp").doubleValue();
          assertThat(end).isGreaterThan(Tokens.NOW - 5);
          assertThat(identity.expiresAt())
              .isEqualTo(Instant.ofEpochMilli((long) (end * 1000)).plusSeconds(5));
          return true;
        });
  }

  @Test
  void aSetOfKeysIsReadOrRefusedAndNoKeyInItTakesAnySignature() {
    String good = FORGED.signedWithTheKey().get(0);
    SignedToken token =
        SignedToken.parse(good.substring(0, good.lastIndexOf('.') + 1) + "AAAA", Set.of(""));
    Fuzz.run(
        getClass(),
        "jwks",
        ROUNDS / 4,
        JsonInputs.from(ForgedTokens.JWKS_EXAMPLES),
        input -> {
          List<VerificationKey> keys;
          try {
            keys = JwkReader.read(input).keys();
          } catch (JwksException refused) {
            assertThat(refused.getMessage()).isNotBlank().hasSizeLessThan(100);
            return false;
          }
          for (VerificationKey key : keys) {
            for (JwsAlgorithm algorithm : JwsAlgorithm.values()) {
              assertThat(key.fits(algorithm) && token.isSignedBy(key, algorithm)).isFalse();
            }
          }
          return !keys.isEmpty();
        });
  }

  private static boolean accepts(JwtVerifier verifier, String token) {
    try {
      verifier.authenticate(token);
      return true;
    } catch (AuthenticationException refused) {
      assertThat(refused.getMessage()).isNotBlank().hasSizeLessThan(2500);
      Refusals.tellsNothing(refused, token);
      return false;
    }
  }
}
