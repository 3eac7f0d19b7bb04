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

    """
        + EdgeSettings.HELP;
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
