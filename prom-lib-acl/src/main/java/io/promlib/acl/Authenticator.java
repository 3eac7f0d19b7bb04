package io.promlib.acl;

/**
 * Tells who a token speaks for. Called by many threads at once.
 *
 * <p>It may block, for instance to fetch keys, so callers keep it off their I/O threads. {@link
 * StaticTokenAuthenticator} never does.
 */
@FunctionalInterface
public interface Authenticator {

  /**
   * The identity of the token's holder, at the time of the call; the caller watches {@link
   * Identity#expiresAt} from then on. Nothing about the token goes to a log or a message.
   *
   * @throws AuthenticationException if the token is empty, wrong or expired
   * @throws AclException if the token could not be checked
   */
  Identity authenticate(String token);

  /**
   * Accepts what either accepts: the other is asked when this one does not, so a token that both
   * know gets this one's answer. When neither accepts, the more telling reason is thrown: that a
   * token could not be checked before {@code token_expired}, then {@code jwt_invalid}, then {@code
   * bad_token}; this one's where they are alike.
   */
  default Authenticator or(Authenticator other) {
    return new EitherAuthenticator(this, other);
  }
}
