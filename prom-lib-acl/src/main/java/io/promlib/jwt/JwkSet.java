package io.promlib.jwt;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The usable keys of a JWKS, in its order. */
record JwkSet(List<VerificationKey> keys) implements KeySet {

  @Override
  public Optional<VerificationKey> select(JwsAlgorithm algorithm, @Nullable String keyId) {
    List<VerificationKey> named =
        keyId == null ? keys : keys.stream().filter(key -> keyId.equals(key.id())).toList();
    List<VerificationKey> fitting = named.stream().filter(key -> key.fits(algorithm)).toList();
    if (fitting.size() > 1) {
      throw Refusal.invalid(
          "kid",
          keyId == null
              ? "is missing and several keys would do: have the issuer name one"
              : "names several keys that would do: have the issuer name one");
    }
    if (fitting.isEmpty() && keyId != null && !named.isEmpty()) {
      throw Refusal.invalid("alg", "does not fit the key that kid names");
    }
    return fitting.stream().findFirst();
  }
}
