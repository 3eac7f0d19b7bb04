package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.AclException;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.time.Timing;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who a request is from, by its bearer token. */
final class Gatekeeper {
  private static final Logger LOG = LoggerFactory.getLogger(Gatekeeper.class);
  private static final String SCHEME = "bearer ";

  private final Authenticator authenticator;
  private final Timing timing;

  Gatekeeper(Authenticator authenticator, Timing timing) {
    this.authenticator = authenticator;
    this.timing = timing;
  }

  Identity identify(HttpExchange exchange) throws HttpError {
    String header = exchange.getRequestHeaders().getFirst("Authorization");
    boolean isBearer = header != null && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String token = header == null || !isBearer ? "" : header.substring(SCHEME.length()).trim();
    if (token.isEmpty()) {
      throw new HttpError(401, "no_token", "send a token: Authorization: Bearer …");
    }
    Identity identity = authenticate(token);
    if (identity.isExpired(timing.wall().instant())) {
      throw new HttpError(401, "token_expired", "the token expired; get another one");
    }
    return identity;
  }

  private Identity authenticate(String token) throws HttpError {
    try {
      return authenticator.authenticate(token);
    } catch (AuthenticationException e) {
      throw new HttpError(401, e.code().wireName(), String.valueOf(e.getMessage()));
    } catch (AclException e) {
      LOG.warn("a token could not be checked", e);
      throw new HttpError(500, "internal", "the token could not be checked; try again later");
    }
  }
}
