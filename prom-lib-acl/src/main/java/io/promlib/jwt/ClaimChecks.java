package io.promlib.jwt;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The claims that decide whether a signed token is good here and now (RFC 7519 section 4.1).
 *
 * @param issuer what {@code iss} must be, if anything
 * @param audience what {@code aud} must name, if anything
 * @param tolerance how far the clocks of issuer and verifier may be apart
 */
record ClaimChecks(@Nullable String issuer, @Nullable String audience, Duration tolerance) {

  static final int MAX_SUBJECT = 255;

  /** The last second of the year 9999; what is beyond is no date but a mistake, or an attack. */
  private static final double LATEST = 253_402_300_799.0;

  /**
   * The token's holder and from when on it is good. It is good until its identity expires, at
   * {@code exp} plus the tolerance.
   *
   * @throws AuthenticationException naming the claim that does not hold
   */
  Verified check(JsonNode claims, Instant now, KeySet keys) {
    Instant end = time(claims, "exp");
    if (end == null) {
      throw Refusal.invalid("exp", "is missing: have the issuer put an end to the token");
    }
    Instant notBefore = time(claims, "nbf");
    Instant issuedAt = time(claims, "iat");
    checkIssuer(claims);
    checkAudience(claims);
    String subject = subject(claims);
    Instant expiresAt = end.plus(tolerance);
    if (!now.isBefore(expiresAt)) {
      throw Refusal.expired();
    }
    Instant from = Instant.MIN;
    for (@Nullable Instant start : new @Nullable Instant[] {notBefore, issuedAt}) {
      if (start != null && start.minus(tolerance).isAfter(from)) {
        from = start.minus(tolerance);
      }
    }
    if (now.isBefore(from)) {
      boolean early = notBefore != null && now.isBefore(notBefore.minus(tolerance));
      throw Refusal.invalid(
          early ? "nbf" : "iat", "the token is not good yet: wait, or set the clocks right");
    }
    return new Verified(
        new Identity(subject, ClaimPolicy.of(claims), expiresAt), expiresAt, from, keys);
  }

  private void checkIssuer(JsonNode claims) {
    if (issuer != null && !issuer.equals(claims.path("iss").textValue())) {
      throw Refusal.invalid("iss", "the token is of another issuer than the one trusted here");
    }
  }

  private void checkAudience(JsonNode claims) {
    if (audience == null) {
      return;
    }
    JsonNode named = claims.path("aud");
    boolean meant = audience.equals(named.textValue());
    if (named.isArray()) {
      for (JsonNode one : named) {
        meant |= audience.equals(one.textValue());
      }
    }
    if (!meant) {
      throw Refusal.invalid("aud", "the token is meant for another audience than this one");
    }
  }

  private static String subject(JsonNode claims) {
    String subject = claims.path("sub").textValue();
    if (subject == null || subject.isBlank()) {
      throw Refusal.invalid("sub", "is missing: have the issuer say who the token speaks for");
    }
    if (subject.length() > MAX_SUBJECT) {
      throw Refusal.invalid("sub", "may have %d characters".formatted(MAX_SUBJECT));
    }
    // It goes to logs, where a line break would forge a line.
    if (subject.codePoints().anyMatch(ClaimChecks::breaksLogs)) {
      throw Refusal.invalid("sub", "holds a control character: have the issuer take it out");
    }
    return subject;
  }

  private static boolean breaksLogs(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  private static @Nullable Instant time(JsonNode claims, String name) {
    JsonNode value = claims.get(name);
    if (value == null) {
      return null;
    }
    double seconds = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(seconds >= 0 && seconds <= LATEST)) {
      throw Refusal.invalid(name, "must be a number of seconds since 1970, before the year 10000");
    }
    return Instant.ofEpochMilli((long) (seconds * 1_000));
  }
}
