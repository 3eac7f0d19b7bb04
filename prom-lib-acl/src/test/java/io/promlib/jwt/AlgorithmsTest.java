package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Refusals.invalid;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.secretKey;
import static io.promlib.jwt.Tokens.signed;
import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmsTest {

  private static JwtVerifier verifier(KeyServer server) {
    return server.verifier().clock(() -> Instant.ofEpochSecond(NOW)).build();
  }

  private static KeyPair pair(String name) {
    return switch (name) {
      case "rsa" -> Keys.RSA;
      case "p256" -> Keys.P256;
      case "p384" -> Keys.P384;
      case "p521" -> Keys.P521;
      case "ed25519" -> Keys.ED25519;
      case "ed448" -> Keys.ED448;
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "HS384", "HS512"})
  void aSharedSecretVerifies(String algorithm) {
    JwtVerifier verifier =
        JwtVerifier.builder().secret(SECRET).clock(() -> Instant.ofEpochSecond(NOW)).build();
    String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"whatever\"}";
    assertThat(verifier.authenticate(signed(header, CLAIMS, secretKey())).subject())
        .isEqualTo("ann");
  }

  @ParameterizedTest
  @CsvSource({
    "RS256,rsa",
    "RS384,rsa",
    "RS512,rsa",
    "PS256,rsa",
    "PS384,rsa",
    "PS512,rsa",
    "ES256,p256",
    "ES384,p384",
    "ES512,p521",
    "EdDSA,ed25519",
    "EdDSA,ed448"
  })
  void aKeyOfAJwksVerifies(String algorithm, String name) {
    KeyPair pair = pair(name);
    try (KeyServer server = new KeyServer(jwks(jwk(pair.getPublic(), kid("k"))))) {
      String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"k\"}";
      String token = signed(header, CLAIMS, pair.getPrivate());
      assertThat(verifier(server).authenticate(token).subject()).isEqualTo("ann");

      String other = Tokens.encode(CLAIMS.replace("ann", "bob"));
      String[] parts = token.split("\\.", -1);
      invalid(verifier(server), parts[0] + "." + other + "." + parts[2], "signature");
    }
  }

  @Test
  void aTokenWithoutAKeyIdIsCheckedWithTheOnlyKeyThatFits() {
    try (KeyServer server =
        new KeyServer(jwks(jwk(Keys.RSA.getPublic()), jwk(Keys.P256.getPublic())))) {
      String token = signed("{\"alg\":\"ES256\"}", CLAIMS, Keys.P256.getPrivate());
      assertThat(verifier(server).authenticate(token).subject()).isEqualTo("ann");
      invalid(
          verifier(server),
          signed("{\"alg\":\"EdDSA\"}", CLAIMS, Keys.ED25519.getPrivate()),
          "kid");
    }
  }

  @Test
  void whereSeveralKeysWouldDoTheTokenMustNameOne() {
    String token = signed("{\"alg\":\"ES256\"}", CLAIMS, Keys.P256.getPrivate());
    try (KeyServer server =
        new KeyServer(jwks(jwk(Keys.OTHER_P256.getPublic()), jwk(Keys.P256.getPublic())))) {
      invalid(verifier(server), token, "kid")
          .hasMessage("kid: is missing and several keys would do: have the issuer name one");
    }
    try (KeyServer server =
        new KeyServer(
            jwks(
                jwk(Keys.OTHER_P256.getPublic(), kid("k")),
                jwk(Keys.P256.getPublic(), kid("k"))))) {
      String named = signed("{\"alg\":\"ES256\",\"kid\":\"k\"}", CLAIMS, Keys.P256.getPrivate());
      invalid(verifier(server), named, "kid").hasMessageContaining("names several keys");
    }
  }

  @Test
  void oneNameMayStandForKeysOfTwoTypes() {
    try (KeyServer server =
        new KeyServer(
            jwks(jwk(Keys.RSA.getPublic(), kid("k")), jwk(Keys.P256.getPublic(), kid("k"))))) {
      String token = signed("{\"alg\":\"ES256\",\"kid\":\"k\"}", CLAIMS, Keys.P256.getPrivate());
      assertThat(verifier(server).authenticate(token).subject()).isEqualTo("ann");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"kty\":\"EC\",\"crv\":\"P-999\",\"kid\":\"bad\",\"x\":\"AA\",\"y\":\"AA\"}",
        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"bad\"}",
        "{\"kty\":\"EC\",\"crv\":7,\"kid\":\"bad\",\"x\":\"AA\",\"y\":\"AA\"}",
        "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":\"AQAB\",\"e\":\"AQAB\"}",
        "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":\"\",\"e\":\"\"}",
        "{\"kty\":\"RSA\",\"kid\":\"bad\",\"n\":7,\"e\":[]}",
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"bad\",\"x\":\"AA\"}",
        "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"kid\":\"bad\",\"x\":\"AA\"}",
        "{\"kty\":\"oct\",\"kid\":\"bad\",\"k\":\"AA\"}",
        "{\"kty\":\"new\",\"kid\":\"bad\"}",
        "{\"kid\":\"bad\"}",
        "null",
        "7",
        "[]"
      })
  void anUnusableKeyIsPassedOverAndTheOthersServe(String bad) {
    String good = jwk(Keys.P256.getPublic(), kid("k"), "\"x5c\":[\"garbage\"]", "\"x\\u0031\":1");
    try (KeyServer server = new KeyServer(jwks(bad, good))) {
      JwtVerifier verifier = verifier(server);
      String header = "{\"alg\":\"ES256\",\"kid\":\"k\"}";
      assertThat(verifier.authenticate(signed(header, CLAIMS, Keys.P256.getPrivate()))).isNotNull();
      String named = "{\"alg\":\"ES256\",\"kid\":\"bad\"}";
      invalid(verifier, signed(named, CLAIMS, Keys.P256.getPrivate()), "kid");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Points of order 1, 2, 4 and 8, and two that are the first in another spelling.
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA",
        "7P_______________________________________38",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU",
        "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_IU",
        "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o",
        "7f_______________________________________38",
        "7v_______________________________________38"
      })
  void anEd25519KeyOfSmallOrderIsPassedOver(String x) {
    try (KeyServer server =
        new KeyServer(
            jwks("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"k\",\"x\":\"" + x + "\"}"))) {
      invalid(
          verifier(server),
          signed("{\"alg\":\"EdDSA\",\"kid\":\"k\"}", CLAIMS, Keys.ED25519.getPrivate()),
          "kid");
    }
  }

  @Test
  void anRsaKeyWithAnEvenOrTinyExponentIsPassedOver() {
    String good = jwk(Keys.RSA.getPublic(), kid("k"));
    for (String e : new String[] {"AQ", "Ag", "AQAA", "f".repeat(40)}) {
      String bad = good.replaceAll("\"e\":\"[^\"]+\"", "\"e\":\"" + e + "\"");
      try (KeyServer server = new KeyServer(jwks(bad))) {
        invalid(
            verifier(server),
            signed("{\"alg\":\"RS256\",\"kid\":\"k\"}", CLAIMS, Keys.RSA.getPrivate()),
            "kid");
      }
    }
  }
}
