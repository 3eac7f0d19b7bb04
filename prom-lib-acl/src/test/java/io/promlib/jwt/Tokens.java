package io.promlib.jwt;

import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.util.Base64;
import org.jose4j.jca.ProviderContext;
import org.jose4j.jwa.AlgorithmFactoryFactory;
import org.jose4j.jws.JsonWebSignatureAlgorithm;
import org.jose4j.lang.JoseException;

/** Makes tokens for tests, good ones and bad. */
final class Tokens {

  static final String SECRET = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  /** In seconds; what the tests' clocks show at first. */
  static final long NOW = 1_700_000_000;

  static final String CLAIMS = claims("\"scope\":\"publish:a\"");

  private Tokens() {}

  /** Claims that hold, and more of them. */
  static String claims(String more) {
    return "{\"sub\":\"ann\",\"exp\":" + (NOW + 60) + "," + more + "}";
  }

  /** A token with HS256 and {@link #SECRET}. */
  static String hs256(String claims) {
    return signed("{\"alg\":\"HS256\"}", claims, secretKey());
  }

  static Key secretKey() {
    return new javax.crypto.spec.SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HMAC");
  }

  /** Signs whatever the header and the claims are, also what no verifier should accept. */
  static String signed(String header, String claims, Key key) {
    return signed(header, claims.getBytes(StandardCharsets.UTF_8), key);
  }

  static String signed(String header, byte[] claims, Key key) {
    String algorithm = header.replaceAll("(?s).*\"alg\":\"([^\"]+)\".*", "$1");
    String input = encode(header.getBytes(StandardCharsets.UTF_8)) + "." + encode(claims);
    try {
      JsonWebSignatureAlgorithm signing =
          AlgorithmFactoryFactory.getInstance().getJwsAlgorithmFactory().getAlgorithm(algorithm);
      byte[] signature =
          signing.sign(
              signing.prepareForSign(key, new ProviderContext()),
              input.getBytes(StandardCharsets.US_ASCII));
      return input + "." + encode(signature);
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }
}
