package io.promlib.ws;

import io.promlib.bus.EventBus;
import java.io.IOException;
import java.time.Duration;

/** A gateway in a process of its own: prints its port, and ends when its input does. */
final class GatewayMain {
  private GatewayMain() {}

  public static void main(String[] args) throws IOException {
    GatewayLimits limits =
        GatewayLimits.builder()
            .publishRate(1_000_000_000)
            .topicRate(1_000_000_000)
            .authTimeout(Duration.ofMinutes(10))
            .pingInterval(Duration.ofHours(1))
            .build();
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway = WsGateway.of(bus).port(0).limits(limits).auth(Fixture.open()).start()) {
      System.out.println(gateway.address().getPort());
      while (System.in.read() >= 0) {
        // Until the parent ends.
      }
    }
  }
}
