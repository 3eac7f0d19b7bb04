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
}
