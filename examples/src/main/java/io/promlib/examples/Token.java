package io.promlib.examples;

import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Scopes;
import io.promlib.jwt.JwtVerifier;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jose4j.jws.AlgorithmIdentifiers;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.NumericDate;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/** {@code token}: makes a JWT that a gateway with the same {@code JWT_SECRET} accepts. */
final class Token implements Command {
  private static final List<String> DEFAULT_SCOPES =
      List.of("publish:heartbeat.received", "subscribe:process.state");
  private static final Duration DEFAULT_TTL = Duration.ofHours(1);
  private static final Duration SHORTEST_TTL = Duration.ofSeconds(1);
  private static final Duration LONGEST_TTL = Duration.ofDays(30);
  private static final int LONGEST_SUBJECT = 128;

  private final InstantSource clock;

  Token(InstantSource clock) {
    this.clock = clock;
  }

  @Override
  public String name() {
    return "token";
  }

  @Override
  public String summary() {
    return "makes a JWT for event-gateway";
  }

  @Override
  public String help() {
    return """
    token [options]

    Prints an HS256 JWT, and nothing else: WS_TOKEN=$(java -jar … token).

      --scope <scope>   publish:<pattern>, subscribe:<pattern> or *:<pattern>, as often as
                        needed (publish:heartbeat.received and subscribe:process.state)
      --sub <subject>   who the token is for, up to 128 characters (dev)
      --ttl <time>      how long it is good, such as 90s, 15m, 1h, 7d; up to 30d (1h)

    The environment sets:

      JWT_SECRET        the gateway's secret, at least 32 bytes; required
      JWT_ISS, JWT_AUD  issuer and audience, if the gateway asks for them
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out) {
    Args args = Args.parse(line, Set.of("scope", "sub", "ttl"), Set.of());
    Environment variables = new Environment(environment);
    JwtClaims claims = claims(args);
    variables.text("JWT_ISS").ifPresent(claims::setIssuer);
    variables.text("JWT_AUD").ifPresent(claims::setAudience);
    SharedSecret secret =
        SharedSecret.of(variables)
            .orElseThrow(
                () ->
                    new UsageException(
                        "JWT_SECRET is not set: set it to the gateway's, at least 32 bytes"));
    String token = signed(claims, secret);
    check(token, secret);
    out.println(token);
    return 0;
  }

  private JwtClaims claims(Args args) {
    List<String> given = args.texts("scope");
    Instant now = clock.instant();
    Duration ttl = args.time("ttl", DEFAULT_TTL, SHORTEST_TTL, LONGEST_TTL);
    JwtClaims claims = new JwtClaims();
    claims.setSubject(subject(args.text("sub").orElse("dev")));
    claims.setStringListClaim("scopes", given.isEmpty() ? DEFAULT_SCOPES : checked(given));
    claims.setIssuedAt(NumericDate.fromSeconds(now.getEpochSecond()));
    claims.setExpirationTime(NumericDate.fromSeconds(now.plus(ttl).getEpochSecond()));
    return claims;
  }

  private static String subject(String text) {
    if (text.isBlank() || text.length() > LONGEST_SUBJECT) {
      throw new UsageException(
          "--sub must have 1 to " + LONGEST_SUBJECT + " characters and not be blank");
    }
    return text;
  }

  private static List<String> checked(List<String> scopes) {
    try {
      Scopes.policy(scopes);
      return scopes;
    } catch (IllegalArgumentException wrong) {
      throw new UsageException("--scope is wrong: " + wrong.getMessage());
    }
  }

  /** As a gateway does it; audience and issuer are as they were put in. */
  private void check(String token, SharedSecret secret) {
    try {
      JwtVerifier.builder().secret(secret.text()).clock(clock).build().authenticate(token);
    } catch (AuthenticationException refused) {
      throw new UsageException("a gateway would refuse the token: " + refused.getMessage());
    }
  }

  private static String signed(JwtClaims claims, SharedSecret secret) {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setHeader("typ", "JWT");
    jws.setAlgorithmHeaderValue(AlgorithmIdentifiers.HMAC_SHA256);
    jws.setKey(new HmacKey(secret.bytes()));
    jws.setPayload(claims.toJson());
    try {
      return jws.getCompactSerialization();
    } catch (JoseException e) {
      throw new IllegalStateException("every Java platform has HMAC with SHA-256", e);
    }
  }
}
