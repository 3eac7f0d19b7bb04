package io.promlib.examples.samples;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.client.EventClient;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.ws.WsGateway;
import java.net.URI;
import java.util.concurrent.CountDownLatch;

/** A gateway and a client of it, in one process for once. */
public final class OverASocket {
  private OverASocket() {}

  record Order(String id, long cents) {}

  /** Returns when the order came back over the socket. */
  public static void run(String token) throws InterruptedException {
    CountDownLatch shipped = new CountDownLatch(1);
    // sample: over-a-socket
    Topic<Order> placed = Topic.of("order.placed", Order.class);
    try (EventBus bus = EventBus.inMemory();
        WsGateway gateway =
            WsGateway.of(bus).port(0).auth(StaticTokenAuthenticator.of(token)).start();
        EventClient client =
            EventClient.builder(URI.create("ws://127.0.0.1:" + gateway.address().getPort() + "/"))
                .token(token)
                .connect()) {
      client.subscribe(placed, "shipping", delivery -> shipped.countDown());
      client.publish(placed, new Order("A-1", 1250), PublishOptions.none().key("A-1"));
      shipped.await();
    }
    // end
  }
}
