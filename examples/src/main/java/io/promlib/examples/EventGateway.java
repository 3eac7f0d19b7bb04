package io.promlib.examples;

import io.promlib.acl.StaticTokenAuthenticator;
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

      WS_TOKEN       the token that opens everything; required
      BIND           address to listen at (127.0.0.1)
      WS_PORT        port of the gateway (8090); 0: any free one
      HTTP_PORT      port of the HTTP edge (8081); 0: any free one
      WS_ORIGINS     origins of browser pages, comma-separated (the gateway's own host)
      PUBLISH_RATE   publishes a second on one connection (200)
      TOPIC_RATE     publishes a second to one topic (1000)
    """;
  }

  @Override
  public int run(List<String> line, Map<String, String> environment, PrintStream out)
      throws InterruptedException {
    Args.parse(line, Set.of(), Set.of());
    Environment variables = new Environment(environment);
    variables.refuse("JWT_SECRET", "set WS_TOKEN");
    variables.refuse("JWT_JWKS_URL", "set WS_TOKEN");
    EdgeSettings settings = EdgeSettings.of(variables);
    String token =
        variables
            .text("WS_TOKEN")
            .orElseThrow(
                () -> new UsageException("WS_TOKEN is not set: set it to a long random secret"));
    try (Ending ending = new Ending();
        EventBus bus = EventBus.inMemory();
        Edges edges = Edges.open(bus, settings, StaticTokenAuthenticator.of(token))) {
      out.println("gateway  " + edges.wsAddress());
      out.println("http     " + edges.httpAddress());
      ending.await(0);
    }
    return 0;
  }
}
