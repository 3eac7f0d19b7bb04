package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.jwt.JwtVerifier;
import io.promlib.jwt.JwtVerifierBuilder;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.function.Supplier;

/** Whom the edges let in, by the environment: a static token, JWTs, or both. */
final class Access {
  private static final String KEY_SERVER = "JWT_JWKS_URL";
  private static final String AUDIENCE = "JWT_AUD";
  private static final String ISSUER = "JWT_ISS";

  private Access() {}

  /**
   * By {@code WS_TOKEN} and {@link #jwts}, either of which is enough.
   *
   * @throws UsageException naming the variables, if none is set or one is wrong
   */
  static Authenticator of(Environment environment) {
    Optional<Authenticator> jwts = jwts(environment);
    Optional<Authenticator> fixed = environment.text("WS_TOKEN").map(StaticTokenAuthenticator::of);
    if (fixed.isPresent() && jwts.isPresent()) {
      return fixed.get().or(jwts.get());
    }
    return fixed
        .or(() -> jwts)
        .orElseThrow(
            () ->
                new UsageException(
                    "WS_TOKEN is not set, nor JWT_SECRET or JWT_JWKS_URL: one of them has to say"
                        + " who is let in"));
  }

  /**
   * By {@code JWT_SECRET} or {@code JWT_JWKS_URL}, with {@code JWT_AUD} and {@code JWT_ISS}; none
   * if neither is set.
   *
   * @throws UsageException naming the variable that is wrong
   */
  static Optional<Authenticator> jwts(Environment environment) {
    Optional<SharedSecret> secret = SharedSecret.of(environment);
    Optional<URI> keyServer = environment.text(KEY_SERVER).map(Access::uri);
    if (secret.isPresent() && keyServer.isPresent()) {
      throw new UsageException(
          SharedSecret.VARIABLE + " and " + KEY_SERVER + " are both set: keep one of them");
    }
    JwtVerifierBuilder builder = JwtVerifier.builder();
    if (secret.isPresent()) {
      builder.secret(secret.get().text());
    } else if (keyServer.isPresent()) {
      named(KEY_SERVER, () -> builder.jwksUrl(keyServer.get()));
    } else {
      String because = "set " + SharedSecret.VARIABLE + " or " + KEY_SERVER + " too, or neither";
      environment.refuse(AUDIENCE, because);
      environment.refuse(ISSUER, because);
      return Optional.empty();
    }
    environment.text(AUDIENCE).ifPresent(builder::audience);
    environment.text(ISSUER).ifPresent(builder::issuer);
    String variable = secret.isPresent() ? SharedSecret.VARIABLE : KEY_SERVER;
    return Optional.of(named(variable, builder::build));
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new UsageException(KEY_SERVER + " is wrong: '" + text + "' is no address");
    }
  }

  private static <T> T named(String variable, Supplier<T> step) {
    try {
      return step.get();
    } catch (IllegalArgumentException wrong) {
      throw new UsageException(variable + " is wrong: " + wrong.getMessage());
    }
  }
}
