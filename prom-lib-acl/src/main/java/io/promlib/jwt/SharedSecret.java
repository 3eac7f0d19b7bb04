package io.promlib.jwt;

import java.util.Optional;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** The one secret of a verifier; whatever a token calls it. */
final class SharedSecret implements KeySource, KeySet {

  private final VerificationKey key;

  SharedSecret(byte[] secret) {
    key = new VerificationKey(new SecretKeySpec(secret, "HMAC"), "oct", null, null, null);
  }

  @Override
  public KeySet current() {
    return this;
  }

  @Override
  public KeySet renewed() {
    return this;
  }

  @Override
  public Optional<VerificationKey> select(JwsAlgorithm algorithm, @Nullable String keyId) {
    return Optional.of(key).filter(k -> k.fits(algorithm));
  }
}
