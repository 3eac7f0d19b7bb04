package io.promlib.jwt;

import java.security.Key;
import org.jspecify.annotations.Nullable;

/**
 * A key that signatures are checked with. Equal when it is the same key under the same terms.
 *
 * @param key a secret, or the public half
 * @param type the {@code kty} of RFC 7517
 * @param curve where the type has one
 * @param id its name, if it has one
 * @param only the one algorithm that it is for, if it is for one
 */
record VerificationKey(
    Key key, String type, @Nullable String curve, @Nullable String id, @Nullable String only) {

  boolean fits(JwsAlgorithm algorithm) {
    return algorithm.fits(type, curve) && (only == null || only.equals(algorithm.wireName()));
  }
}
