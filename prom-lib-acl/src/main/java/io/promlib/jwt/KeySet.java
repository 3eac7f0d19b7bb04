package io.promlib.jwt;

import io.promlib.acl.AuthenticationException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The keys that hold at a time; never changes. */
interface KeySet {

  /**
   * The one key that a token is to be checked with; empty if there is none by that name, or no name
   * and none that fits.
   *
   * @throws AuthenticationException if the key of that name does not fit the algorithm, or more
   *     than one would do
   */
  Optional<VerificationKey> select(JwsAlgorithm algorithm, @Nullable String keyId);
}
