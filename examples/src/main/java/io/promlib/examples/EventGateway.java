package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** {@code event-gateway}: a bus in memory behind a WebSocket gateway and an HTTP edge. */
final class EventGateway implements Command {

  @Override
  public String name() {
    return "event-gateway";
  }

  @Override
  public String summary() {
    return "a bus in memory behind a WebSocket gateway and HTTP";
  }

  @Override
  public String help() {
    return """
    event-gateway

    Runs until Ctrl-C. The environment sets:

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
      WS_ORIGINS     origins of browser pages, comma-separated (the gateway's own host)
      PUBLISH_RATE   publishes a second on one connection (200), by HTTP of one client (1000)
      TOPIC_RATE     publishes a second to one topic (1000)

    WS_TOKEN, JWT_SECRET or JWT_JWKS_URL is required; WS_TOKEN goes with either of the two others.
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args.parse(line, Set.of(), Set.of());
    Environment variables = new Environment(environment);
    EdgeSettings settings = EdgeSettings.of(variables);
    Authenticator access = Access.of(variables);
    try (Ending ending = new Ending();
        EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings, access)) {
      out.println("gateway  " + edges.wsAddress());
      out.println("http     " + edges.httpAddress());
      ending.await(0);
    }
    return 0;
  }
}
