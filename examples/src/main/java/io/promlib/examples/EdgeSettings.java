package io.promlib.examples;

import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where the gateway, the HTTP edge and the ops server listen, and what they allow.
 *
 * @param publishRate events a second on one connection, by HTTP of one subject at one address;
 *     absent: the edges' own limits
 * @param topicRate events a second to one topic; absent: the edges' own limits
 */
record EdgeSettings(
    String bind,
    int wsPort,
    int httpPort,
    int opsPort,
    List<String> origins,
    OptionalInt publishRate,
    OptionalInt topicRate,
    @Nullable SSLContext tls) {
  /** The variables of the edges, with what they are by default. */
  static final String HELP =
      """
      WS_TOKEN       a token that opens everything; a long random secret
      JWT_SECRET     secret of JWTs by HS256, HS384 or HS512; at least 32 bytes
      JWT_JWKS_URL   or where the keys of JWTs are, https: unless it is this machine
      JWT_AUD        the audience that JWTs must name
      JWT_ISS        the issuer that JWTs must name
      TLS_KEYSTORE   PKCS12 or JKS keystore with a private key: speak TLS, and only that
      TLS_PASSWORD   the keystore's password, and its keys'
      BIND           address or host name to listen at (127.0.0.1)
      WS_PORT        port of the gateway (8090); 0: any free one
      HTTP_PORT      port of the HTTP edge (8081); 0: any free one
      OPS_PORT       port of the ops page and the metrics (8082); 0: any free one,
                     the page acts for tokens that may publish and subscribe
      WS_ORIGINS     origins of browser pages, comma-separated (the gateway's own host)
      PUBLISH_RATE   publishes a second on one connection (200), by HTTP of one client (1000)
      TOPIC_RATE     publishes a second to one topic (1000)

    WS_TOKEN, JWT_SECRET or JWT_JWKS_URL is required; WS_TOKEN goes with either of the two others.
    """;

  private static final int MOST_PER_SECOND = 1_000_000;

  /**
   * Reads the settings.
   *
   * @throws UsageException naming the variable that is wrong
   */
  static EdgeSettings of(Environment environment) {
    return new EdgeSettings(
        environment.text("BIND").orElse("127.0.0.1"),
        environment.port("WS_PORT", 8090),
        environment.port("HTTP_PORT", 8081),
        environment.port("OPS_PORT", 8082),
        environment.list("WS_ORIGINS"),
        environment.number("PUBLISH_RATE", 1, MOST_PER_SECOND),
        environment.number("TOPIC_RATE", 1, MOST_PER_SECOND),
        ServerTls.of(environment, InstantSource.system()).orElse(null));
  }
}
