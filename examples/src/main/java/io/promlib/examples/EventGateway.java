package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.metrics.PrometheusMetrics;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code event-gateway}: a bus in memory behind a WebSocket gateway and an HTTP edge, with an ops
 * page.
 */
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
        PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
        EventBus bus = EventBus.builder().listener(metrics.busListener()).build();
        Edges edges = Edges.open(bus, settings, access, metrics, null)) {
      out.println("gateway  " + edges.wsAddress());
      out.println("http     " + edges.httpAddress());
      out.println("ops      " + edges.opsAddress());
      ending.await(0);
    }
    return 0;
  }
}
