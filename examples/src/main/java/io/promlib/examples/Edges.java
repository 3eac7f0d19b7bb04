package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.http.HttpEdge;
import io.promlib.http.HttpLimits;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A gateway and an HTTP edge of one bus, which open and close together. */
final class Edges implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Edges.class);

  private final WsGateway gateway;
  private final HttpEdge http;
  private final String wsAddress;
  private final String httpAddress;

  private Edges(WsGateway gateway, HttpEdge http, String wsAddress, String httpAddress) {
    this.gateway = gateway;
    this.http = http;
    this.wsAddress = wsAddress;
    this.httpAddress = httpAddress;
  }

  /**
   * Opens both.
   *
   * @throws UsageException naming the variable, if an address cannot be listened on or an origin is
   *     none
   */
  static Edges open(EventBus bus, EdgeSettings settings, Authenticator auth) {
    warnIfOpen(settings);
    try {
      return openBoth(bus, settings, auth);
    } catch (UncheckedIOException taken) {
      throw new UsageException(taken.getMessage() + "; BIND, WS_PORT and HTTP_PORT choose another");
    }
  }

  private static void warnIfOpen(EdgeSettings settings) {
    InetAddress address = new InetSocketAddress(settings.bind(), 0).getAddress();
    if (settings.tls() == null && address != null && !address.isLoopbackAddress()) {
      LOG.warn(
          "BIND is {} and TLS_KEYSTORE is not set: tokens and events go over the network for all to"
              + " read, unless a proxy before it speaks TLS",
          settings.bind());
    }
  }

  private static Edges openBoth(EventBus bus, EdgeSettings settings, Authenticator auth) {
    GatewayLimits.Builder limits = GatewayLimits.builder();
    settings.publishRate().ifPresent(limits::publishRate);
    settings.topicRate().ifPresent(limits::topicRate);
    HttpLimits.Builder httpLimits = HttpLimits.builder();
    settings.publishRate().ifPresent(httpLimits::publishRate);
    settings.topicRate().ifPresent(httpLimits::topicRate);
    WsGateway.Builder builder =
        WsGateway.of(bus)
            .port(settings.wsPort())
            .bind(settings.bind())
            .auth(auth)
            .limits(limits.build());
    try {
      builder.origins(settings.origins());
    } catch (IllegalArgumentException none) {
      throw new UsageException("WS_ORIGINS is wrong: " + none.getMessage());
    }
    SSLContext tls = settings.tls();
    if (tls != null) {
      builder.tls(tls);
    }
    WsGateway gateway = builder.start();
    try {
      String s = tls == null ? "" : "s";
      String host = host(settings.bind());
      String ws = "ws" + s + "://" + host + ":" + gateway.address().getPort() + "/";
      HttpEdge.Builder edge =
          HttpEdge.of(bus)
              .port(settings.httpPort())
              .bind(settings.bind())
              .auth(auth)
              .origins(settings.origins())
              .limits(httpLimits.build());
      LivePage.serveOn(edge, ws);
      if (tls != null) {
        edge.tls(tls);
      }
      HttpEdge http = edge.start();
      return new Edges(
          gateway, http, ws, "http" + s + "://" + host + ":" + http.address().getPort() + "/");
    } catch (RuntimeException | Error e) {
      gateway.close();
      throw e;
    }
  }

  /** As addresses write it: IPv6 in brackets, and this machine where the bind address means all. */
  private static String host(String bind) {
    if (bind.equals("0.0.0.0") || bind.equals("::")) {
      return "localhost";
    }
    return bind.contains(":") ? "[" + bind + "]" : bind;
  }

  String wsAddress() {
    return wsAddress;
  }

  String httpAddress() {
    return httpAddress;
  }

  @Override
  public void close() {
    http.close();
    gateway.close();
  }
}
