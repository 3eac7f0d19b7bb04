package io.promlib.jwt;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** The settings of a {@link JwtVerifier}. Begun by {@link JwtVerifier#builder}. */
public final class JwtVerifierBuilder {

  /** The least length of a secret in bytes, which is that of HS256's hash. */
  public static final int MIN_SECRET_BYTES = 32;

  private byte @Nullable [] secret;
  private @Nullable URI jwksUrl;
  private @Nullable String audience;
  private @Nullable String issuer;
  private int toleranceSec = 5;
  private List<String> algorithms = List.of();
  Set<String> types = Set.of("", "jwt", "at+jwt");
  InstantSource clock = InstantSource.system();
  int maxTokenBytes = 8 * 1024;
  int cacheSize = 10_000;
  private Duration connectTimeout = Duration.ofSeconds(3);
  private Duration readTimeout = Duration.ofSeconds(5);
  private Duration maxAge = Duration.ofMinutes(5);
  private Duration refreshInterval = Duration.ofSeconds(30);
  private Duration maxStale = Duration.ofHours(24);
  private @Nullable SSLContext tls;

  JwtVerifierBuilder() {}

  /** The secret's text; its UTF-8 bytes count. See {@link #secret(byte[])}. */
  public JwtVerifierBuilder secret(String secret) {
    return secret(secret.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A secret shared with the issuer, for HS256, HS384 and HS512: at least as long as the hash of
   * each, and random; a password is neither.
   */
  public JwtVerifierBuilder secret(byte[] secret) {
    this.secret = secret.clone();
    return this;
  }

  /** Where the issuer shows its keys: https, or http on the loopback address. */
  public JwtVerifierBuilder jwksUrl(URI url) {
    this.jwksUrl = url;
    return this;
  }

  /** What {@code aud} must be or hold. Default: it is not looked at. */
  public JwtVerifierBuilder audience(String audience) {
    this.audience = audience;
    return this;
  }

  /** What {@code iss} must be. Default: it is not looked at. */
  public JwtVerifierBuilder issuer(String issuer) {
    this.issuer = issuer;
    return this;
  }

  /** How far the clocks may be apart, for {@code exp}, {@code nbf} and {@code iat}; 5 s. */
  public JwtVerifierBuilder clockToleranceSec(int seconds) {
    this.toleranceSec = seconds;
    return this;
  }

  /**
   * The only values of {@code alg} that are accepted. Default with a secret: those of HS256, HS384
   * and HS512 that it is long enough for; with a JWKS: RS, PS and ES with 256, 384 and 512, and
   * EdDSA.
   */
  public JwtVerifierBuilder algorithms(String... algorithms) {
    this.algorithms = List.of(algorithms);
    return this;
  }

  /**
   * The only values of {@code typ} that are accepted; case and a leading {@code application/} do
   * not count. A header without {@code typ} is then refused. Default: {@code JWT}, {@code at+jwt}
   * or none.
   */
  public JwtVerifierBuilder types(String... types) {
    Set<String> names = new TreeSet<>();
    for (String type : types) {
      String name = type.toLowerCase(Locale.ROOT);
      names.add(name.startsWith("application/") ? name.substring(12) : name);
    }
    this.types = Collections.unmodifiableSet(names);
    return this;
  }

  /** What the time is; the system's clock. */
  public JwtVerifierBuilder clock(InstantSource clock) {
    this.clock = clock;
    return this;
  }

  /** The longest token, checked before anything of it is read; 8 KiB. */
  public JwtVerifierBuilder maxTokenBytes(int bytes) {
    this.maxTokenBytes = bytes;
    return this;
  }

  /** How many verified tokens are remembered; 10 000, and 0 turns it off. */
  public JwtVerifierBuilder cacheSize(int tokens) {
    this.cacheSize = tokens;
    return this;
  }

  /** The longest wait for a connection to the key server; 3 s. */
  public JwtVerifierBuilder jwksConnectTimeout(Duration timeout) {
    this.connectTimeout = timeout;
    return this;
  }

  /**
   * The longest wait for any part of the key server's answer, and for its whole body; 5 s. A fetch
   * as a whole takes at most {@link #jwksConnectTimeout} and twice this, however it trickles in.
   */
  public JwtVerifierBuilder jwksReadTimeout(Duration timeout) {
    this.readTimeout = timeout;
    return this;
  }

  /** How old keys may get before they are fetched again; 5 min. */
  public JwtVerifierBuilder jwksMaxAge(Duration age) {
    this.maxAge = age;
    return this;
  }

  /**
   * The least time from one fetch to the next, whatever asks for it: age, an unknown {@code kid},
   * or a fetch that failed; 30 s. Before the first keys are there it is one second.
   */
  public JwtVerifierBuilder jwksRefreshInterval(Duration interval) {
    this.refreshInterval = interval;
    return this;
  }

  /** How old keys may get while the key server cannot be reached; 24 h. */
  public JwtVerifierBuilder jwksMaxStale(Duration age) {
    this.maxStale = age;
    return this;
  }

  /** Whom to trust as the key server; the platform's certificates. */
  public JwtVerifierBuilder jwksTls(SSLContext tls) {
    this.tls = tls;
    return this;
  }

  /**
   * The verifier. Nothing is fetched yet.
   *
   * @throws IllegalArgumentException if there is not exactly one of secret and JWKS, the secret is
   *     too short, an algorithm is of the other kind, or a setting is out of its range
   */
  public JwtVerifier build() {
    if ((secret == null) == (jwksUrl == null)) {
      throw new IllegalArgumentException(
          "set either secret or jwksUrl, and not both: one kind of key for one verifier");
    }
    notBlank("audience", audience);
    notBlank("issuer", issuer);
    inRange("clockToleranceSec", toleranceSec, 0, 3_600);
    inRange("maxTokenBytes", maxTokenBytes, 64, 1 << 20);
    inRange("cacheSize", cacheSize, 0, 10_000_000);
    if (types.isEmpty()) {
      throw new IllegalArgumentException("types is empty: name one");
    }
    Set<JwsAlgorithm> allowed = secret == null ? named(false) : forSecret(secret);
    return new JwtVerifier(
        this,
        jwksUrl == null ? new SharedSecret(requireNonNull(secret)) : jwks(jwksUrl),
        Collections.unmodifiableSet(allowed),
        new ClaimChecks(issuer, audience, Duration.ofSeconds(toleranceSec)));
  }

  private KeySource jwks(URI url) {
    positive("jwksConnectTimeout", connectTimeout, Duration.ofMinutes(1));
    positive("jwksReadTimeout", readTimeout, Duration.ofMinutes(1));
    positive("jwksMaxAge", maxAge, Duration.ofDays(1));
    positive("jwksRefreshInterval", refreshInterval, Duration.ofDays(1));
    positive("jwksMaxStale", maxStale, Duration.ofDays(36_500));
    if (maxStale.compareTo(maxAge) < 0) {
      throw new IllegalArgumentException("jwksMaxStale must be at least jwksMaxAge");
    }
    return new JwksKeys(
        new JwksEndpoint(url, connectTimeout, readTimeout, tls),
        new JwksKeys.Bounds(maxAge, refreshInterval, maxStale),
        clock);
  }

  private Set<JwsAlgorithm> forSecret(byte[] secret) {
    if (secret.length < MIN_SECRET_BYTES) {
      throw new IllegalArgumentException(
          "the secret has %d bytes and needs at least %d: make a random one"
              .formatted(secret.length, MIN_SECRET_BYTES));
    }
    Set<JwsAlgorithm> named = named(true);
    if (algorithms.isEmpty()) {
      named.removeIf(a -> secret.length < a.secretBytes());
    }
    for (JwsAlgorithm algorithm : named) {
      if (secret.length < algorithm.secretBytes()) {
        throw new IllegalArgumentException(
            "the secret has %d bytes and %s needs at least %d: make a longer one"
                .formatted(secret.length, algorithm.wireName(), algorithm.secretBytes()));
      }
    }
    return named;
  }

  private Set<JwsAlgorithm> named(boolean symmetric) {
    List<JwsAlgorithm> possible = JwsAlgorithm.all(symmetric);
    List<JwsAlgorithm> chosen = new ArrayList<>();
    for (String name : algorithms) {
      chosen.add(
          JwsAlgorithm.of(name)
              .filter(possible::contains)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "algorithms names \"%s\": with a %s there are %s"
                              .formatted(
                                  name,
                                  symmetric ? "secret" : "JWKS",
                                  JwsAlgorithm.names(possible)))));
    }
    return EnumSet.copyOf(chosen.isEmpty() ? possible : chosen);
  }

  private static void notBlank(String name, @Nullable String value) {
    if (value != null && value.isBlank()) {
      throw new IllegalArgumentException(name + " is blank: leave it unset to accept any");
    }
  }

  private static void positive(String name, Duration value, Duration most) {
    if (value.toMillis() < 1 || value.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "%s is %s and must be from 1 ms to %s".formatted(name, value, most));
    }
  }

  private static void inRange(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d and must be from %d to %d".formatted(name, value, least, most));
    }
  }
}
