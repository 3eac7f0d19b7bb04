package io.promlib.examples.samples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.ops.ConnectedClients;
import io.promlib.ops.OpsServer;
import io.promlib.ops.ReadyCheck;
import io.promlib.ws.WsGateway;

/** A host that its operators can see and act on. */
public final class WithOps {
  private WithOps() {}

  /** Opens a bus, a gateway and an ops server, lets the host work, and closes them. */
  public static void run(Authenticator who, ReadyCheck mail, Work work) throws Exception {
    // sample: ops
    ConnectedClients clients = ConnectedClients.create();
    try (PrometheusMetrics metrics = PrometheusMetrics.builder().jvm().build();
        EventBus bus = EventBus.builder().listener(metrics.busListener()).build();
        WsGateway gateway =
            WsGateway.of(bus)
                .auth(who)
                .listener(metrics.gatewayListener())
                .listener(clients)
                .start();
        OpsServer ops =
            OpsServer.of(bus)
                .port(8082)
                .auth(who)
                .metrics(metrics.watch(bus).watch(gateway))
                .clients(clients)
                .ready("mail", mail)
                .actions(true)
                .start()) {
      work.run(bus, ops);
    }
    // end
  }

  /** What the host does while all is open. */
  public interface Work {
    void run(EventBus bus, OpsServer ops) throws Exception;
  }
}
