package io.promlib.jwt;

import static io.promlib.jwt.Keys.jwk;
import static io.promlib.jwt.Keys.jwks;
import static io.promlib.jwt.Keys.kid;
import static io.promlib.jwt.Refusals.invalid;
import static io.promlib.jwt.Refusals.refused;
import static io.promlib.jwt.Tokens.CLAIMS;
import static io.promlib.jwt.Tokens.NOW;
import static io.promlib.jwt.Tokens.SECRET;
import static io.promlib.jwt.Tokens.claims;
import static io.promlib.jwt.Tokens.encode;
import static io.promlib.jwt.Tokens.hs256;
import static io.promlib.jwt.Tokens.secretKey;
import static io.promlib.jwt.Tokens.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.promlib.acl.AuthenticationException.Code;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/*
 * What does not apply, and why:
 *
 *   2.3, 2.4, 2.5  encryption that is composed wrongly, tells lengths, or takes points off its
 *        curve: nothing encrypted, nested or compressed is accepted at all. The refusals are tested
 *        under 2.3 and 3.6, points of signature keys under 3.4.
 *   3.8, 3.9 also bind issuers; what a verifier can check of them is tested.
 */
@DisplayName("JWT best current practices, RFC 8725, by section")
class Rfc8725Test {

  private static final String RSA_JWK = jwk(Keys.RSA.getPublic(), kid("rsa"));

  private final KeyServer server =
      new KeyServer(jwks(RSA_JWK, jwk(Keys.P256.getPublic(), kid("ec"))));
  private final JwtVerifier shared = secretBuilder().build();
  private final JwtVerifier byJwks = jwksBuilder().build();

  private static JwtVerifierBuilder secretBuilder() {
    return JwtVerifier.builder().secret(SECRET).clock(() -> Instant.ofEpochSecond(NOW));
  }

  private JwtVerifierBuilder jwksBuilder() {
    return server.verifier().clock(() -> Instant.ofEpochSecond(NOW));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", " none"})
  void section2_1_anUnsignedTokenIsRefused(String none) {
    String unsigned = encode("{\"alg\":\"" + none + "\"}") + "." + encode(CLAIMS) + ".";
    for (JwtVerifier any : List.of(shared, byJwks)) {
      invalid(any, unsigned, "alg");
      invalid(any, unsigned + "AAAA", "alg");
    }
  }

  @Test
  void section2_1_aTokenWithoutAnAlgorithmIsRefused() {
    for (String header : List.of("{}", "{\"alg\":null}", "{\"alg\":7}", "{\"alg\":[\"HS256\"]}")) {
      invalid(shared, encode(header) + "." + encode(CLAIMS) + ".", "alg");
    }
  }

  @Test
  void section2_1_aSignatureThatWasTakenAwayIsMissed() {
    String token = hs256(CLAIMS);
    invalid(shared, token.substring(0, token.lastIndexOf('.') + 1), "signature");
    refused(shared, token.substring(0, token.lastIndexOf('.')), Code.BAD_TOKEN);
  }

  @Test
  void section2_1_anHmacWithThePublicKeyIsRefused() {
    byte[] der = Keys.RSA.getPublic().getEncoded();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END PUBLIC KEY-----\n";
    for (byte[] known :
        List.of(
            der,
            pem.getBytes(StandardCharsets.UTF_8),
            pem.strip().getBytes(StandardCharsets.UTF_8),
            RSA_JWK.getBytes(StandardCharsets.UTF_8))) {
      String forged =
          signed("{\"alg\":\"HS256\",\"kid\":\"rsa\"}", CLAIMS, new SecretKeySpec(known, "HMAC"));
      invalid(byJwks, forged, "alg");
    }
  }

  @Test
  void section2_1_aSecretThatAJwksShowsIsIgnored() {
    server.shows(jwks("{\"kty\":\"oct\",\"kid\":\"oct\",\"k\":\"" + encode(SECRET) + "\"}"));
    invalid(byJwks, signed("{\"alg\":\"HS256\",\"kid\":\"oct\"}", CLAIMS, secretKey()), "alg");
    invalid(
        byJwks,
        signed("{\"alg\":\"RS256\",\"kid\":\"oct\"}", CLAIMS, Keys.RSA.getPrivate()),
        "kid");
  }

  @ParameterizedTest
  @CsvSource({"RS256,ec", "PS256,ec", "ES384,ec", "ES512,ec", "EdDSA,ec", "ES256,rsa", "EdDSA,rsa"})
  void section2_1_anAlgorithmThatDoesNotFitTheNamedKeyIsRefused(String algorithm, String kid) {
    String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + kid + "\"}";
    invalid(byJwks, encode(header) + "." + encode(CLAIMS) + "." + encode("x".repeat(64)), "alg");
  }

  @Test
  void section2_1_aKeyForOneAlgorithmIsNotUsedWithAnother() {
    server.shows(jwks(jwk(Keys.RSA.getPublic(), kid("rsa"), "\"alg\":\"PS256\"")));
    String header = "{\"alg\":\"RS256\",\"kid\":\"rsa\"}";
    invalid(byJwks, signed(header, CLAIMS, Keys.RSA.getPrivate()), "alg");
  }

  @ParameterizedTest
  @CsvSource({
    "HS256,31,32",
    "HS384,47,48",
    "HS512,63,64",
    "HS512,40,64",
  })
  void section2_2_aWeakSecretIsRefused(String algorithm, int length, int needed) {
    JwtVerifierBuilder builder =
        JwtVerifier.builder().secret("k".repeat(length)).algorithms(algorithm);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("has " + length + " bytes")
        .hasMessageContaining("needs at least " + needed)
        .hasMessageNotContaining("kkkk");
  }

  @Test
  void section2_2_onlyAlgorithmsThatTheSecretIsLongEnoughForAreAccepted() {
    JwtVerifier forty = secretBuilder().secret(SECRET.substring(0, 40)).build();
    SecretKeySpec key =
        new SecretKeySpec(SECRET.substring(0, 40).getBytes(StandardCharsets.UTF_8), "HMAC");
    assertThat(forty.authenticate(signed("{\"alg\":\"HS256\"}", CLAIMS, key))).isNotNull();
    invalid(forty, signed("{\"alg\":\"HS384\"}", CLAIMS, key), "alg");
    invalid(forty, signed("{\"alg\":\"HS512\"}", CLAIMS, key), "alg");
  }

  @Test
  void section2_3_anEncryptedTokenIsRefused() {
    refused(shared, encode("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}") + "..AA.AA.AA", Code.BAD_TOKEN)
        .hasMessageStartingWith("the token is encrypted: ");
    invalid(shared, signed("{\"alg\":\"HS256\",\"enc\":\"A256GCM\"}", CLAIMS, secretKey()), "enc");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ECDH-ES", "ECDH-ES+A128KW", "RSA1_5", "RSA-OAEP", "PBES2-HS256+A128KW"})
  void section2_5_noKeyIsAgreedUponOrUnwrapped(String algorithm) {
    String header = "{\"alg\":\"" + algorithm + "\",\"p2c\":2147483647,\"p2s\":\"AAAA\"}";
    for (JwtVerifier any : List.of(shared, byJwks)) {
      invalid(any, encode(header) + "." + encode(CLAIMS) + ".AAAA", "alg");
      refused(any, encode(header) + ".AA.AA.AA.AA", Code.BAD_TOKEN);
    }
    assertThat(server.fetches()).isZero();
  }

  @Test
  void section2_3_aNestedTokenIsRefused() {
    for (String cty : List.of("JWT", "jwt", "application/jwt")) {
      String header = "{\"alg\":\"HS256\",\"cty\":\"" + cty + "\"}";
      invalid(shared, signed(header, hs256(CLAIMS), secretKey()), "cty");
    }
    invalid(shared, hs256(hs256(CLAIMS)), "claims");
  }

  @Test
  void section3_6_aCompressedTokenIsRefused() {
    invalid(shared, signed("{\"alg\":\"HS256\",\"zip\":\"DEF\"}", CLAIMS, secretKey()), "zip");
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32BE", "ISO-8859-1"})
  void section2_6_jsonInAnotherEncodingIsRefused(String charset) throws Exception {
    byte[] claims = claims("\"x\":\"\u00e4\"").getBytes(charset);
    invalid(shared, signed("{\"alg\":\"HS256\"}", claims, secretKey()), "claims");
    byte[] header = "{\"alg\":\"HS256\",\"x\":\"\u00e4\"}".getBytes(charset);
    refused(shared, encode(header) + "." + encode(CLAIMS) + ".AA", Code.BAD_TOKEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"sub\":\"bob\"",
        "\"exp\":9999999999",
        "\"\\u0073ub\":\"bob\"",
        "\"a\":{\"b\":1,\"b\":2}"
      })
  void section2_6_aNameGivenTwiceIsRefused(String again) {
    invalid(shared, hs256(claims(again + ",\"x\":1,\"x\":2")), "claims");
    invalid(shared, hs256(claims(again + ",\"sub\":\"bob\"")), "claims");
    String header = encode("{\"alg\":\"none\",\"alg\":\"HS256\"}");
    refused(shared, header + "." + encode(CLAIMS) + ".AA", Code.BAD_TOKEN);
  }

  @Test
  void section2_7_aTokenForAnotherAudienceIsRefused() {
    JwtVerifier prom = secretBuilder().audience("prom").build();
    invalid(prom, hs256(claims("\"aud\":\"billing\"")), "aud");
    invalid(prom, hs256(claims("\"aud\":[\"billing\",\"prom2\"]")), "aud");
    invalid(prom, hs256(CLAIMS), "aud");
  }

  @Test
  void section2_8_aTokenOfAnotherKindIsRefused() {
    for (String typ : List.of("\"logout+jwt\"", "\"secevent+jwt\"", "\"dpop+jwt\"", "7", "null")) {
      String header = "{\"alg\":\"HS256\",\"typ\":" + typ + "}";
      invalid(shared, signed(header, CLAIMS, secretKey()), "typ");
    }
  }

  @Test
  void section2_9_noKeyThatATokenBringsIsTrusted() {
    KeyPair attacker = Keys.OTHER_RSA;
    String own = jwk(attacker.getPublic(), kid("rsa"));
    try (KeyServer theirs = new KeyServer(jwks(own))) {
      for (String brought :
          List.of(
              "\"jwk\":" + own,
              "\"jku\":\"" + theirs.url() + "\"",
              "\"x5u\":\"" + theirs.url() + "\"",
              "\"x5c\":[\"MIIB\"]",
              "\"x5t\":\"AAAA\"",
              "\"x5t#S256\":\"AAAA\"")) {
        String header = "{\"alg\":\"RS256\",\"kid\":\"rsa\"," + brought + "}";
        invalid(byJwks, signed(header, CLAIMS, attacker.getPrivate()), "signature");
        // What it brings is passed over, not held against it.
        assertThat(byJwks.authenticate(signed(header, CLAIMS, Keys.RSA.getPrivate()))).isNotNull();
      }
      assertThat(theirs.fetches()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "' OR 1=1 --",
        "../../dev/null",
        "/proc/self/environ",
        "http://evil/",
        "\\u0000",
        "${jndi:ldap://evil/a}",
        ""
      })
  void section2_9_aKeyIdIsANameAndNothingElse(String name) {
    String header = "{\"alg\":\"RS256\",\"kid\":\"" + name + "\"}";
    invalid(byJwks, signed(header, CLAIMS, Keys.RSA.getPrivate()), "kid");
  }

  @Test
  void section2_9_aKeyIdMustBeAString() {
    for (String kid : List.of("7", "null", "[\"rsa\"]", "{}")) {
      String header = "{\"alg\":\"RS256\",\"kid\":" + kid + "}";
      invalid(byJwks, signed(header, CLAIMS, Keys.RSA.getPrivate()), "kid");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "PS384", "ES256", "EdDSA", "none", "ES256K", "HS1", "dir"})
  void section3_1_anAlgorithmOffTheListIsRefused(String algorithm) {
    String token = encode("{\"alg\":\"" + algorithm + "\"}") + "." + encode(CLAIMS) + ".AA";
    invalid(shared, token, "alg");
  }

  @Test
  void section3_1_theListIsASetting() {
    JwtVerifier only = secretBuilder().algorithms("HS512").build();
    invalid(only, hs256(CLAIMS), "alg");
    assertThat(only.authenticate(signed("{\"alg\":\"HS512\"}", CLAIMS, secretKey()))).isNotNull();
    for (String other : List.of("none", "RS256", "hs256", "")) {
      assertThatThrownBy(() -> secretBuilder().algorithms(other).build())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("algorithms names ");
    }
    assertThatThrownBy(() -> jwksBuilder().algorithms("HS256").build())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void section3_1_oneVerifierHasOneKindOfKey() {
    assertThatThrownBy(() -> secretBuilder().jwksUrl(server.url()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("set either secret or jwksUrl");
    assertThatThrownBy(() -> JwtVerifier.builder().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("set either secret or jwksUrl");
  }

  @Test
  void section3_2_aWeakRsaKeyIsIgnored() {
    KeyPair weak = Keys.rsa(1_024);
    server.shows(jwks(jwk(weak.getPublic(), kid("weak"))));
    invalid(
        byJwks, signed("{\"alg\":\"RS256\",\"kid\":\"weak\"}", CLAIMS, weak.getPrivate()), "kid");
  }

  @Test
  void section3_3_everySignatureIsCheckedAlsoOfATokenMuchLikeOneSeenBefore() {
    String token = hs256(CLAIMS);
    shared.authenticate(token);
    String[] parts = token.split("\\.", -1);
    String forged = parts[0] + "." + encode(claims("\"scope\":\"*\"")) + "." + parts[2];
    invalid(shared, forged, "signature");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "y"})
  void section3_4_aPointOffItsCurveIsIgnored(String coordinate) {
    String good = jwk(Keys.P256.getPublic(), kid("ec"));
    String off =
        good.replaceAll(
            "\"" + coordinate + "\":\"[^\"]+\"",
            "\"" + coordinate + "\":\"" + encode(new byte[] {1, 2, 3}) + "\"");
    assertThat(off).isNotEqualTo(good);
    server.shows(jwks(off));
    invalid(
        byJwks,
        signed("{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS, Keys.P256.getPrivate()),
        "kid");
  }

  @Test
  void section3_4_anAllZeroEcdsaSignatureIsRefused() {
    String input = encode("{\"alg\":\"ES256\",\"kid\":\"ec\"}") + "." + encode(CLAIMS) + ".";
    invalid(byJwks, input + encode(new byte[64]), "signature");
    invalid(byJwks, input + encode(new byte[2]), "signature");
  }

  @ParameterizedTest
  @CsvSource({"ES256,p256", "ES384,p384", "ES512,p521"})
  void section3_4_anEcdsaSignatureWithANumberOutOfRangeIsRefused(String algorithm, String name) {
    KeyPair pair = name.equals("p256") ? Keys.P256 : name.equals("p384") ? Keys.P384 : Keys.P521;
    server.shows(jwks(jwk(pair.getPublic(), kid("k"))));
    String header = "{\"alg\":\"" + algorithm + "\",\"kid\":\"k\"}";
    String good = signed(header, CLAIMS, pair.getPrivate());
    assertThat(byJwks.authenticate(good)).isNotNull();
    String input = good.substring(0, good.lastIndexOf('.') + 1);
    byte[] signature = Base64.getUrlDecoder().decode(good.substring(input.length()));
    int half = signature.length / 2;
    BigInteger order = ((ECPublicKey) pair.getPublic()).getParams().getOrder();
    byte[] r = Arrays.copyOf(signature, half);
    byte[] s = Arrays.copyOfRange(signature, half, 2 * half);
    byte[] zero = new byte[half];
    byte[] n = fixed(order, half);
    byte[] max = new byte[half];
    Arrays.fill(max, (byte) 0xff);
    List<byte[]> odd = List.of(zero, n, fixed(order.add(BigInteger.ONE), half), max);
    for (byte[] a : odd) {
      invalid(byJwks, input + encode(both(a, s)), "signature");
      invalid(byJwks, input + encode(both(r, a)), "signature");
      for (byte[] b : odd) {
        invalid(byJwks, input + encode(both(a, b)), "signature");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Ed25519", "Ed448"})
  void section3_4_anEdwardsSignatureThatIsNoneIsRefused(String curve) {
    KeyPair pair = curve.equals("Ed448") ? Keys.ED448 : Keys.ED25519;
    server.shows(jwks(jwk(pair.getPublic(), kid("k"))));
    String header = "{\"alg\":\"EdDSA\",\"kid\":\"k\"}";
    String good = signed(header, CLAIMS, pair.getPrivate());
    assertThat(byJwks.authenticate(good)).isNotNull();
    String input = good.substring(0, good.lastIndexOf('.') + 1);
    int length = Base64.getUrlDecoder().decode(good.substring(input.length())).length;
    for (int fill : new int[] {0, 1, 0x7f, 0x80, 0xff}) {
      for (int size : new int[] {0, 1, length - 1, length, length + 1, 2 * length}) {
        byte[] signature = new byte[size];
        Arrays.fill(signature, (byte) fill);
        invalid(byJwks, input + encode(signature), "signature");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "PS256"})
  void section3_4_anRsaSignatureThatIsNoneIsRefused(String algorithm) {
    String input =
        encode("{\"alg\":\"" + algorithm + "\",\"kid\":\"rsa\"}") + "." + encode(CLAIMS) + ".";
    BigInteger modulus = ((RSAPublicKey) Keys.RSA.getPublic()).getModulus();
    for (BigInteger number :
        List.of(
            BigInteger.ZERO,
            BigInteger.ONE,
            modulus.subtract(BigInteger.ONE),
            modulus,
            modulus.add(BigInteger.ONE))) {
      invalid(byJwks, input + encode(fixed(number, 256)), "signature");
    }
    for (int size : new int[] {0, 1, 255, 257, 512}) {
      invalid(byJwks, input + encode(new byte[size]), "signature");
    }
  }

  @Test
  void section3_4_anEcdsaSignatureHasOneLength() {
    String token = signed("{\"alg\":\"ES256\",\"kid\":\"ec\"}", CLAIMS, Keys.P256.getPrivate());
    byte[] short64 = Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1));
    byte[] padded = new byte[66];
    System.arraycopy(short64, 0, padded, 1, 32);
    System.arraycopy(short64, 32, padded, 34, 32);
    assertThat(byJwks.authenticate(token)).isNotNull();
    invalid(byJwks, token.substring(0, token.lastIndexOf('.') + 1) + encode(padded), "signature");
  }

  @Test
  void section3_5_aSecretUnder32BytesIsRefusedNamingTheNeed() {
    assertThatThrownBy(() -> JwtVerifier.builder().secret("hunter2").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the secret has 7 bytes and needs at least 32: make a random one");
  }

  @Test
  void section3_7_aByteOrderMarkIsRefused() {
    invalid(shared, hs256("\ufeff" + CLAIMS), "claims");
  }

  @Test
  void section3_8_theIssuerIsCheckedAndTheSubjectRequired() {
    JwtVerifier picky = secretBuilder().issuer("https://issuer").build();
    invalid(picky, hs256(claims("\"iss\":\"https://evil\"")), "iss");
    invalid(picky, hs256(CLAIMS), "iss");
    invalid(shared, hs256("{\"exp\":" + (NOW + 60) + "}"), "sub");
  }

  @Test
  void section3_9_theAudienceIsCheckedInEveryForm() {
    JwtVerifier prom = secretBuilder().audience("prom").build();
    assertThat(prom.authenticate(hs256(claims("\"aud\":[\"x\",\"prom\"]")))).isNotNull();
    invalid(prom, hs256(claims("\"aud\":\"x prom\"")), "aud");
    invalid(prom, hs256(claims("\"aud\":{\"0\":\"prom\"}")), "aud");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"x\\n\":1",
        "\"sub\":\"ann\\u0000\"",
        "\"sub\":\"ann\\nroot accepted\"",
        "\"sub\":[]"
      })
  void section3_10_claimsAreNotTrustedBeyondWhatTheyMaySay(String claim) {
    String claims = "{\"exp\":" + (NOW + 60) + "," + claim + "}";
    invalid(shared, hs256(claims), "sub");
  }

  @Test
  void section3_10_deepNestingIsBounded() {
    for (int depth : new int[] {33, 1_000}) {
      String deep = "[".repeat(depth - 1) + "]".repeat(depth - 1);
      invalid(shared, hs256(claims("\"x\":" + deep)), "claims");
      String header = "{\"alg\":\"HS256\",\"x\":" + deep + "}";
      refused(shared, encode(header) + "." + encode(CLAIMS) + ".AA", Code.BAD_TOKEN);
    }
    String most = "[".repeat(31) + "]".repeat(31);
    assertThat(shared.authenticate(hs256(claims("\"x\":" + most)))).isNotNull();
  }

  @Test
  void section3_11_anExplicitTypeCanBeDemanded() {
    JwtVerifier access = secretBuilder().types("at+jwt").build();
    for (String typ : List.of("at+jwt", "AT+JWT", "application/at+jwt")) {
      String header = "{\"alg\":\"HS256\",\"typ\":\"" + typ + "\"}";
      assertThat(access.authenticate(signed(header, CLAIMS, secretKey()))).isNotNull();
      assertThat(shared.authenticate(signed(header, CLAIMS, secretKey()))).isNotNull();
    }
    String plain = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    invalid(access, signed(plain, CLAIMS, secretKey()), "typ");
    invalid(access, hs256(CLAIMS), "typ");
    assertThat(
            shared.authenticate(
                signed(
                    plain.toLowerCase(Locale.ROOT).replace("hs256", "HS256"), CLAIMS, secretKey())))
        .isNotNull();
  }

  @Test
  void section3_12_tokensOfAnotherUseAreKeptApart() {
    server.shows(
        jwks(
            jwk(Keys.RSA.getPublic(), kid("enc"), "\"use\":\"enc\""),
            jwk(Keys.OTHER_RSA.getPublic(), kid("ops"), "\"key_ops\":[\"encrypt\",\"wrapKey\"]")));
    for (String name : List.of("enc", "ops")) {
      KeyPair pair = name.equals("enc") ? Keys.RSA : Keys.OTHER_RSA;
      String header = "{\"alg\":\"RS256\",\"kid\":\"" + name + "\"}";
      invalid(byJwks, signed(header, CLAIMS, pair.getPrivate()), "kid");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[\"exp\"]", "[\"b64\"]", "[]", "null", "\"exp\"", "[\"http://x\"]"})
  void rfc7515_4_1_11_criticalExtensionsAreRefused(String crit) {
    String header = "{\"alg\":\"HS256\",\"exp\":1,\"crit\":" + crit + "}";
    invalid(shared, signed(header, CLAIMS, secretKey()), "crit");
  }

  @Test
  void rfc7797_anUnencodedPayloadIsRefused() {
    invalid(shared, signed("{\"alg\":\"HS256\",\"b64\":false}", CLAIMS, secretKey()), "b64");
  }

  private static byte[] fixed(BigInteger number, int length) {
    byte[] bytes = number.toByteArray();
    byte[] fixed = new byte[length];
    int count = Math.min(length, bytes.length);
    System.arraycopy(bytes, bytes.length - count, fixed, length - count, count);
    return fixed;
  }

  private static byte[] both(byte[] a, byte[] b) {
    byte[] both = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }
}
