package io.promlib.ops;

import com.sun.net.httpserver.Headers;
import io.promlib.acl.AclException;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Authenticator;
import io.promlib.acl.Identity;
import io.promlib.limit.TokenBucket;
import io.promlib.time.Timing;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells who may ask: by the host that was asked, the page that asks, and the token. */
final class Gate {
  private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
  private static final String SCHEME = "bearer ";

  /** As the gateway's largest frame before AUTH. */
  private static final int MAX_TOKEN = 16 << 10;

  private static final int ADDRESSES = 1000;

  private final @Nullable Authenticator authenticator;
  private final boolean openReads;
  private final Set<String> hosts;
  private final OpsLimits limits;
  private final Timing timing;
  private final Map<String, TokenBucket> failures =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, TokenBucket> eldest) {
          return size() > ADDRESSES;
        }
      };

  /**
   * A gate.
   *
   * @param openReads whether one without a token may read everything
   * @param hosts the host names that may be asked for, in lower case; empty: any
   */
  Gate(
      @Nullable Authenticator authenticator,
      boolean openReads,
      Set<String> hosts,
      OpsLimits limits,
      Timing timing) {
    this.authenticator = authenticator;
    this.openReads = openReads;
    this.hosts = hosts;
    this.limits = limits;
    this.timing = timing;
  }

  boolean readsAreOpen() {
    return openReads;
  }

  /**
   * Refuses a host name that is not this server's, which a page elsewhere may have had resolved to
   * it (DNS rebinding), and pages of other origins.
   */
  void requireOwnPage(Headers request) throws OpsError {
    List<String> given = request.getOrDefault("Host", List.of());
    String authority = given.size() == 1 ? given.get(0).toLowerCase(Locale.ROOT) : "";
    String host = host("http://" + authority);
    if (!hosts.isEmpty() && (host == null || !hosts.contains(host))) {
      throw OpsError.forbidden(
          "this ops server is not asked for by that host name; its host can allow it by hosts(…)");
    }
    List<String> origins = request.getOrDefault("Origin", List.of());
    if (origins.isEmpty()) {
      return;
    }
    String origin = origins.get(0).toLowerCase(Locale.ROOT);
    boolean same = origin.equals("http://" + authority) || origin.equals("https://" + authority);
    if (origins.size() > 1 || authority.isEmpty() || !same) {
      throw OpsError.forbidden("pages of this origin may not use this ops server");
    }
  }

  private static @Nullable String host(String address) {
    try {
      return URI.create(address).getHost();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Who asks. Without a token nobody, who may read where reads are open. Looks at no token from an
   * address that has sent too many in vain.
   */
  Caller caller(Headers request, String address) throws OpsError {
    List<String> given = request.getOrDefault("Authorization", List.of());
    if (given.isEmpty()) {
      if (openReads) {
        return new Caller(null, true);
      }
      throw OpsError.unauthorized(OpsError.NO_TOKEN, "send a token: Authorization: Bearer …");
    }
    String header = given.get(0);
    if (given.size() > 1 || !header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw OpsError.unauthorized(
          OpsError.NO_TOKEN, "send one token: Authorization: Bearer …, and nothing else");
    }
    Authenticator who = authenticator;
    if (who == null) {
      throw OpsError.unauthorized("bad_token", "this ops server knows no tokens; send none");
    }
    TokenBucket left = failures(address);
    if (!left.deficit(1).isZero()) {
      throw new OpsError(
          429, "rate_limited", "too many tokens from this address were refused; wait");
    }
    try {
      Identity identity = identity(who, header.substring(SCHEME.length()).trim());
      return new Caller(identity.policy(), openReads);
    } catch (AuthenticationException e) {
      left.tryConsume(1);
      throw OpsError.unauthorized(e.code().wireName(), String.valueOf(e.getMessage()));
    } catch (AclException e) {
      LOG.warn("a token could not be checked", e);
      throw OpsError.unavailable("the token could not be checked; try again later");
    }
  }

  private Identity identity(Authenticator who, String token) {
    if (token.length() > MAX_TOKEN) {
      throw new AuthenticationException(
          AuthenticationException.Code.BAD_TOKEN,
          "a token may have at most " + MAX_TOKEN + " characters");
    }
    Identity identity = who.authenticate(token);
    if (identity.isExpired(timing.wall().instant())) {
      throw new AuthenticationException(
          AuthenticationException.Code.TOKEN_EXPIRED, "the token expired; get another one");
    }
    return identity;
  }

  private TokenBucket failures(String address) {
    synchronized (failures) {
      return failures.computeIfAbsent(
          address,
          key ->
              new TokenBucket(limits.failedLoginRate(), limits.failedLoginRate(), timing::nanos));
    }
  }
}
