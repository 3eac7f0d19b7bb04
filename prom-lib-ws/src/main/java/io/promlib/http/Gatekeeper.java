package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import io.promlib.acl.AclException;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import io.promlib.ws.internal.Rates;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who a request is from, by its bearer token and nothing else. */
final class Gatekeeper {
  static final String NO_TOKEN = "no_token";

  private static final Logger LOG = LoggerFactory.getLogger(Gatekeeper.class);
  private static final String SCHEME = "bearer ";

  /** As the gateway's largest frame before AUTH. */
  private static final int MAX_TOKEN = 16 << 10;

  private final Authenticator authenticator;
  private final Timing timing;
  private final Rates failures;

  Gatekeeper(Authenticator authenticator, HttpLimits limits, Timing timing) {
    this.authenticator = authenticator;
    this.timing = timing;
    failures = new Rates(limits.failedLoginRate(), timing);
  }

  /** Looks at no token from an address that has sent too many in vain. */
  Identity identify(HttpExchange exchange, String address) throws HttpError {
    String token = token(exchange);
    TokenBucket left = failures.find(address);
    if (left != null && !left.deficit(1).isZero()) {
      throw HttpError.later(
          "rate_limited",
          "too many tokens from this address were refused; wait",
          failures.waitMillis(left, 1));
    }
    try {
      return authenticate(token);
    } catch (AuthenticationException e) {
      failures.of(address).tryConsume(1);
      throw HttpError.unauthorized(e.code().wireName(), String.valueOf(e.getMessage()));
    } catch (AclException e) {
      LOG.warn("a token could not be checked", e);
      throw HttpError.internal("the token could not be checked; try again later");
    }
  }

  private static String token(HttpExchange exchange) throws HttpError {
    @Nullable List<String> given = exchange.getRequestHeaders().get("Authorization");
    if (given != null && given.size() > 1) {
      throw HttpError.badRequest("send one Authorization header");
    }
    String header = given == null ? "" : given.get(0);
    boolean isBearer = header.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String token = isBearer ? header.substring(SCHEME.length()).trim() : "";
    if (token.isEmpty()) {
      throw HttpError.unauthorized(NO_TOKEN, "send a token: Authorization: Bearer …");
    }
    return token;
  }

  private Identity authenticate(String token) {
    if (token.length() > MAX_TOKEN) {
      throw new AuthenticationException(
          AuthenticationException.Code.BAD_TOKEN,
          "a token may have at most " + MAX_TOKEN + " characters");
    }
    Identity identity = authenticator.authenticate(token);
    if (identity.isExpired(timing.wall().instant())) {
      throw new AuthenticationException(
          AuthenticationException.Code.TOKEN_EXPIRED, "the token expired; get another one");
    }
    return identity;
  }
}
