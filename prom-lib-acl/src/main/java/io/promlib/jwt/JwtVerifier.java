package io.promlib.jwt;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;

/**
 * Accepts JSON Web Tokens signed with a shared secret or with a key of a JWKS, as RFC 8725 advises.
 *
 * <p>The identity's subject is {@code sub}, its policy comes from {@code policy}, else {@code
 * scopes}, else {@code scope}, and it expires at {@code exp} plus the tolerance: exactly when the
 * token would no longer be accepted. A token is verified once and then known by its hash until it
 * expires or the keys change.
 *
 * <p>With a secret it never blocks. With a JWKS it may fetch keys in the caller's thread, one
 * caller at a time; it starts no thread of its own, so there is nothing to close.
 *
 * <p>Beside what {@link Authenticator} throws: {@code no_token} for a blank token, {@code
 * bad_token} for what is no signed JWT by its form or is too long, {@code jwt_invalid} where a
 * check fails, with the check's name in front, {@code token_expired}; {@link
 * KeysUnavailableException} while there are no keys to check with.
 *
 * <pre>{@code
 * JwtVerifier jwt =
 *     JwtVerifier.builder().jwksUrl(URI.create("https://issuer/jwks.json")).audience("prom").build();
 * Identity who = jwt.authenticate(token);
 * }</pre>
 */
public final class JwtVerifier implements Authenticator {

  private final KeySource source;
  private final Set<JwsAlgorithm> algorithms;
  private final Set<String> types;
  private final ClaimChecks checks;
  private final InstantSource clock;
  private final int maxTokenBytes;
  private final VerifiedTokens seen;

  JwtVerifier(
      JwtVerifierBuilder settings,
      KeySource source,
      Set<JwsAlgorithm> algorithms,
      ClaimChecks checks) {
    this.source = source;
    this.algorithms = algorithms;
    this.checks = checks;
    this.types = settings.types;
    this.clock = settings.clock;
    this.maxTokenBytes = settings.maxTokenBytes;
    this.seen = new VerifiedTokens(settings.cacheSize);
  }

  /** A verifier needs a secret or the address of a JWKS; the rest has defaults. */
  public static JwtVerifierBuilder builder() {
    return new JwtVerifierBuilder();
  }

  @Override
  public Identity authenticate(String token) {
    if (token.isBlank()) {
      throw Refusal.noToken();
    }
    if (token.length() > maxTokenBytes) {
      throw Refusal.form("the token has more than " + maxTokenBytes + " bytes: send a shorter one");
    }
    VerifiedTokens.Hash hash = VerifiedTokens.Hash.of(token);
    Verified known = seen.get(hash);
    // Asking for the keys is what notices that they changed.
    if (known != null && known.keys() == source.current()) {
      Instant now = clock.instant();
      if (!now.isBefore(known.until())) {
        seen.remove(hash);
        throw Refusal.expired();
      }
      if (!now.isBefore(known.from())) {
        return known.identity();
      }
    }
    Verified verified = verify(token);
    seen.put(hash, verified);
    return verified.identity();
  }

  private Verified verify(String text) {
    SignedToken token = SignedToken.parse(text, types);
    JwsAlgorithm algorithm = token.algorithm();
    if (algorithm == null || !algorithms.contains(algorithm)) {
      throw Refusal.invalid(
          "alg", "the token must be signed with " + JwsAlgorithm.names(algorithms));
    }
    KeySet keys = source.current();
    Optional<VerificationKey> key = keys.select(algorithm, token.keyId());
    if (key.isEmpty()) {
      keys = source.renewed();
      key = keys.select(algorithm, token.keyId());
    }
    VerificationKey signer = key.orElseThrow(JwtVerifier::unknownKey);
    if (!token.isSignedBy(signer, algorithm)) {
      throw Refusal.invalid("signature", "it does not fit the token and the key");
    }
    return checks.check(token.claims(), clock.instant(), keys);
  }

  private static AuthenticationException unknownKey() {
    return Refusal.invalid("kid", "the issuer's keys do not include the one for this token");
  }

  /** How many tokens are remembered now. */
  int remembered() {
    return seen.count();
  }

  /** Shows no setting, for one of them is a secret. */
  @Override
  public String toString() {
    return "JwtVerifier";
  }
}
