package io.promlib.jwt;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.List;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.lang.JoseException;

/** Real keys for tests, made once. */
final class Keys {

  static final KeyPair RSA = rsa(2_048);
  static final KeyPair OTHER_RSA = rsa(2_048);
  static final KeyPair P256 = ec("secp256r1");
  static final KeyPair OTHER_P256 = ec("secp256r1");
  static final KeyPair P384 = ec("secp384r1");
  static final KeyPair P521 = ec("secp521r1");
  static final KeyPair ED25519 = make("Ed25519");
  static final KeyPair ED448 = make("Ed448");

  private Keys() {}

  static KeyPair rsa(int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair make(String algorithm) {
    try {
      return KeyPairGenerator.getInstance(algorithm).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The public key as a JWK, with more members: {@code "\"kid\":\"a\""}. */
  static String jwk(PublicKey key, String... members) {
    try {
      String json =
          JsonWebKey.Factory.newJwk(key).toJson(JsonWebKey.OutputControlLevel.PUBLIC_ONLY);
      List<String> all = new ArrayList<>(List.of(json.substring(1, json.length() - 1)));
      all.addAll(List.of(members));
      return "{" + String.join(",", all) + "}";
    } catch (JoseException e) {
      throw new IllegalStateException(e);
    }
  }

  static String kid(String name) {
    return "\"kid\":\"" + name + "\"";
  }

  static String jwks(String... keys) {
    return "{\"keys\":[" + String.join(",", keys) + "]}";
  }
}
