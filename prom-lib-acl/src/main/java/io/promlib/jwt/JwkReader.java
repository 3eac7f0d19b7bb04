package io.promlib.jwt;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a JWKS (RFC 7517 section 5). Of each key only the public numbers are read, never a
 * certificate. Keys of other types, for other uses, or that are no sound keys are passed over, the
 * last with a word in the log.
 */
final class JwkReader {

  static final int MAX_KEYS = 100;
  static final int MIN_RSA_BITS = 2_048;

  /** Checking with a longer key, or one with a long exponent, takes too long. */
  static final int MAX_RSA_BITS = 8_192;

  private static final int MAX_EXPONENT_BITS = 64;
  private static final List<String> PUBLIC_NUMBERS = List.of("kty", "n", "e", "crv", "x", "y");

  /** 2^255 - 19 and 2^448 - 2^224 - 1, the fields of Ed25519 and Ed448. */
  private static final BigInteger P25519 = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

  private static final BigInteger P448 =
      BigInteger.TWO.pow(448).subtract(BigInteger.TWO.pow(224)).subtract(BigInteger.ONE);

  /** The y of the points whose order is 1, 2, 4 on both curves, and 8 on the first. */
  private static final Set<BigInteger> SMALL_ORDER = smallOrder();

  private static final Logger LOG = LoggerFactory.getLogger(JwkReader.class);

  private JwkReader() {}

  /**
   * The usable keys; none, if the issuer shows none.
   *
   * @throws JwksException if it is no JWKS, or one of too many keys
   */
  static JwkSet read(byte[] json) throws JwksException {
    JsonNode keys =
        StrictJson.object(json)
            .map(jwks -> jwks.path("keys"))
            .filter(JsonNode::isArray)
            .orElse(null);
    if (keys == null) {
      throw new JwksException("the answer is no JWKS");
    }
    if (keys.size() > MAX_KEYS) {
      throw new JwksException("the answer holds more than " + MAX_KEYS + " keys");
    }
    List<VerificationKey> usable = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      JsonNode jwk = keys.get(i);
      if (!isForSignatures(jwk)) {
        continue;
      }
      try {
        usable.add(key(jwk));
      } catch (GeneralSecurityException | JoseException | RuntimeException e) {
        LOG.warn("keys[{}] of the JWKS is passed over: it is no sound public key", i);
      }
    }
    return new JwkSet(List.copyOf(usable));
  }

  private static boolean isForSignatures(JsonNode jwk) {
    boolean known = List.of("RSA", "EC", "OKP").contains(jwk.path("kty").asText());
    boolean use = !jwk.has("use") || jwk.path("use").asText().equals("sig");
    boolean verifies = !jwk.has("key_ops");
    for (JsonNode operation : jwk.path("key_ops")) {
      verifies |= operation.asText().equals("verify");
    }
    return known && use && verifies;
  }

  private static VerificationKey key(JsonNode jwk) throws GeneralSecurityException, JoseException {
    Map<String, Object> numbers = new HashMap<>();
    for (String name : PUBLIC_NUMBERS) {
      if (jwk.has(name)) {
        numbers.put(name, text(jwk, name));
      }
    }
    PublicKey key = PublicJsonWebKey.Factory.newPublicJwk(numbers).getPublicKey();
    check(key);
    String type = text(jwk, "kty");
    return new VerificationKey(
        key,
        type,
        type.equals("RSA") ? null : text(jwk, "crv"),
        jwk.has("kid") ? text(jwk, "kid") : null,
        jwk.has("alg") ? text(jwk, "alg") : null);
  }

  private static String text(JsonNode jwk, String name) {
    @Nullable String text = jwk.path(name).textValue();
    if (text == null) {
      throw new IllegalArgumentException(name + " must be a string");
    }
    return text;
  }

  private static void check(PublicKey key) throws GeneralSecurityException {
    if (key instanceof RSAPublicKey rsa) {
      checkRsa(rsa.getModulus(), rsa.getPublicExponent());
    } else if (key instanceof ECPublicKey ec) {
      checkOnCurve(ec.getParams(), ec.getW().getAffineX(), ec.getW().getAffineY());
    } else if (key instanceof EdECPublicKey edwards) {
      checkOrder(edwards);
      // Takes the point apart, and refuses one that is not on the curve.
      Signature.getInstance("EdDSA").initVerify(key);
    } else {
      throw new IllegalArgumentException("no key for signatures");
    }
  }

  private static void checkRsa(BigInteger modulus, BigInteger exponent) {
    int bits = modulus.bitLength();
    boolean sound =
        bits >= MIN_RSA_BITS
            && bits <= MAX_RSA_BITS
            && modulus.testBit(0)
            && exponent.testBit(0)
            && exponent.compareTo(BigInteger.TWO) > 0
            && exponent.bitLength() <= MAX_EXPONENT_BITS;
    if (!sound) {
      throw new IllegalArgumentException("weak or oversized RSA key");
    }
  }

  private static Set<BigInteger> smallOrder() {
    BigInteger eighth =
        new BigInteger("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16);
    return Set.of(
        BigInteger.ZERO,
        BigInteger.ONE,
        P25519.subtract(BigInteger.ONE),
        P448.subtract(BigInteger.ONE),
        eighth,
        P25519.subtract(eighth));
  }

  // For a key of small order anyone can make signatures. A y beyond the field would be
  // another spelling of one.
  private static void checkOrder(EdECPublicKey key) {
    BigInteger p = key.getParams().getName().equals("Ed25519") ? P25519 : P448;
    BigInteger y = key.getPoint().getY();
    if (y.compareTo(p) >= 0 || SMALL_ORDER.contains(y)) {
      throw new IllegalArgumentException("no point to sign with");
    }
  }

  private static void checkOnCurve(ECParameterSpec curve, BigInteger x, BigInteger y) {
    BigInteger p = ((ECFieldFp) curve.getCurve().getField()).getP();
    BigInteger right =
        x.pow(3).add(curve.getCurve().getA().multiply(x)).add(curve.getCurve().getB());
    boolean inField =
        x.signum() >= 0 && y.signum() >= 0 && x.compareTo(p) < 0 && y.compareTo(p) < 0;
    if (!inField || right.subtract(y.pow(2)).mod(p).signum() != 0) {
      throw new IllegalArgumentException("the point is not on the curve");
    }
  }
}
