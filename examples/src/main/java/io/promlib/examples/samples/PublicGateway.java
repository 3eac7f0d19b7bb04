package io.promlib.examples.samples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.http.HttpEdge;
import io.promlib.jwt.JwtVerifier;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import javax.net.ssl.SSLContext;

/** A gateway and an HTTP edge that may stand on a public address. */
public final class PublicGateway {
  private PublicGateway() {}

  /** Opens both, lets the host work, and closes them. */
  public static void run(EventBus bus, SSLContext tls, URI keyServer, Work work)
      throws InterruptedException {
    // sample: public-gateway
    Authenticator who =
        JwtVerifier.builder()
            .jwksUrl(keyServer)
            .issuer("https://login.example")
            .audience("events.example")
            .build();
    GatewayLimits limits = GatewayLimits.builder().publishRate(50).maxPerAddress(20).build();
    List<String> pages = List.of("https://app.example");
    try (WsGateway gateway =
            WsGateway.of(bus)
                .bind("0.0.0.0")
                .tls(tls)
                .auth(who)
                .origins(pages)
                .limits(limits)
                .start();
        HttpEdge edge =
            HttpEdge.of(bus).bind("0.0.0.0").tls(tls).auth(who).origins(pages).start()) {
      work.run(gateway.address(), edge.address());
    }
    // end
  }

  /** What the host does while both are open. */
  public interface Work {
    void run(InetSocketAddress gateway, InetSocketAddress edge) throws InterruptedException;
  }
}
