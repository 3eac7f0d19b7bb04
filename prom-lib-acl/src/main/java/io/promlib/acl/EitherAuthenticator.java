package io.promlib.acl;

/** Asks one authenticator, and another when the first does not accept. */
final class EitherAuthenticator implements Authenticator {

  private final Authenticator first;
  private final Authenticator second;

  EitherAuthenticator(Authenticator first, Authenticator second) {
    this.first = first;
    this.second = second;
  }

  @Override
  public Identity authenticate(String token) {
    AclException refused;
    try {
      return first.authenticate(token);
    } catch (AclException e) {
      refused = e;
    }
    try {
      return second.authenticate(token);
    } catch (AclException e) {
      throw weight(e) > weight(refused) ? e : refused;
    }
  }

  @Override
  public String toString() {
    return first + " or " + second;
  }

  // One that could not tell outweighs a refusal: the token may be good.
  private static int weight(AclException e) {
    if (!(e instanceof AuthenticationException refusal)) {
      return Integer.MAX_VALUE;
    }
    return switch (refusal.code()) {
      case NO_TOKEN -> 0;
      case BAD_TOKEN -> 1;
      case JWT_INVALID -> 2;
      case TOKEN_EXPIRED -> 3;
    };
  }
}
