package io.promlib.examples.bench.ws;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.event.Payload;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.examples.bench.child.Console;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Map;

/** The server's process: the gateway, or Java-WebSocket alone. Orders: {@code heap}. */
public final class WsServerMain {
  private WsServerMain() {}

  public static void main(String[] line) throws Exception {
    WsCase one = WsCase.valueOf(line[0]);
    if (one.isBare()) {
      Console.say(Map.of("port", new BareServer(one.batch()).begin()));
      Console.serve((order, words) -> memory());
    } else {
      serve(one);
    }
    System.exit(0);
  }

  private static void serve(WsCase one) throws Exception {
    GatewayLimits limits =
        GatewayLimits.builder()
            .maxInFlight(1000)
            .maxPerAddress(100_000)
            .publishRate(1_000_000)
            .topicRate(1_000_000)
            .maxConnections(100_000)
            .pingInterval(Duration.ofHours(1))
            .build();
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway =
            WsGateway.of(bus)
                .port(0)
                .auth(StaticTokenAuthenticator.of(Sent.TOKEN))
                .limits(limits)
                .start()) {
      if (one.window() > 0) {
        Topic<Payload> topic = new Topic<>(Sent.TOPIC, Payload.class);
        for (long seq = 1; seq <= Sent.EVENTS; seq++) {
          var unused = bus.publish(topic, Sent.payload(), PublishOptions.none().id(Sent.id(seq)));
        }
      }
      Console.say(Map.of("port", gateway.address().getPort()));
      Console.serve((order, words) -> memory());
    }
  }

  /** What is in use after a GC, and how many threads there are. */
  private static Map<String, ?> memory() {
    System.gc();
    System.gc();
    return Map.of(
        "used",
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed(),
        "threads",
        ManagementFactory.getThreadMXBean().getThreadCount());
  }
}
