package io.promlib.examples;

import java.time.InstantSource;
import java.util.List;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Where the gateway and the HTTP edge listen, and what they allow.
 *
 * @param publishRate events a second on one connection, by HTTP of one subject at one address;
 *     absent: the edges' own limits
 * @param topicRate events a second to one topic; absent: the edges' own limits
 */
record EdgeSettings(
    String bind,
    int wsPort,
    int httpPort,
    List<String> origins,
    OptionalInt publishRate,
    OptionalInt topicRate,
    @Nullable SSLContext tls) {
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
        environment.list("WS_ORIGINS"),
        environment.number("PUBLISH_RATE", 1, MOST_PER_SECOND),
        environment.number("TOPIC_RATE", 1, MOST_PER_SECOND),
        ServerTls.of(environment, InstantSource.system()).orElse(null));
  }
}
