package io.promlib.jwt;

import java.security.Key;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jose4j.jca.ProviderContext;
import org.jose4j.jwa.AlgorithmFactoryFactory;
import org.jose4j.jws.JsonWebSignatureAlgorithm;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * The signature algorithms that there are here (RFC 7518 section 3.1, RFC 8037), and their keys.
 */
enum JwsAlgorithm {
  HS256("HS256", "oct", 32),
  HS384("HS384", "oct", 48),
  HS512("HS512", "oct", 64),
  RS256("RS256", "RSA", 0),
  RS384("RS384", "RSA", 0),
  RS512("RS512", "RSA", 0),
  PS256("PS256", "RSA", 0),
  PS384("PS384", "RSA", 0),
  PS512("PS512", "RSA", 0),
  ES256("ES256", "EC", 64, "P-256"),
  ES384("ES384", "EC", 96, "P-384"),
  ES512("ES512", "EC", 132, "P-521"),
  ED_DSA("EdDSA", "OKP", 0, "Ed25519", "Ed448");

  private final String wireName;
  private final String keyType;
  private final int signatureBytes;

  @SuppressWarnings("ImmutableEnumChecker") // from List.of
  private final List<String> curves;

  JwsAlgorithm(String wireName, String keyType, int signatureBytes, String... curves) {
    this.wireName = wireName;
    this.keyType = keyType;
    this.signatureBytes = signatureBytes;
    this.curves = List.of(curves);
  }

  /** The value of {@code alg}. */
  String wireName() {
    return wireName;
  }

  /** True for those with a shared secret. */
  boolean isSymmetric() {
    return keyType.equals("oct");
  }

  /** How long a secret must be: as long as the hash (RFC 7518 section 3.2). */
  int secretBytes() {
    return signatureBytes;
  }

  /**
   * Checks a signature.
   *
   * @param signed what was signed
   */
  boolean verify(byte[] signature, byte[] signed, Key key) {
    // r and s may begin with any number of zeros in the library, which would be other spellings.
    if (signatureBytes > 0 && signature.length != signatureBytes) {
      return false;
    }
    try {
      JsonWebSignatureAlgorithm algorithm =
          AlgorithmFactoryFactory.getInstance().getJwsAlgorithmFactory().getAlgorithm(wireName);
      algorithm.validateVerificationKey(key);
      return algorithm.verifySignature(signature, key, signed, new ProviderContext());
    } catch (JoseException e) {
      return false;
    }
  }

  /** True if a key of this type, on this curve where it has one, is made for the algorithm. */
  boolean fits(String type, @Nullable String curve) {
    return keyType.equals(type) && (curves.isEmpty() || curves.contains(curve));
  }

  /** The algorithm; empty for any other name, {@code none} above all. Case counts. */
  static Optional<JwsAlgorithm> of(String name) {
    return Arrays.stream(values()).filter(a -> a.wireName.equals(name)).findFirst();
  }

  static List<JwsAlgorithm> all(boolean symmetric) {
    return Arrays.stream(values()).filter(a -> a.isSymmetric() == symmetric).toList();
  }

  static String names(Collection<JwsAlgorithm> algorithms) {
    return algorithms.stream().map(JwsAlgorithm::wireName).collect(Collectors.joining(", "));
  }
}
