package io.promlib.examples;

import io.promlib.acl.Authenticator;
import io.promlib.bus.EventBus;
import io.promlib.http.HttpEdge;
import io.promlib.http.HttpLimits;
import io.promlib.metrics.PrometheusMetrics;
import io.promlib.ops.ConnectedClients;
import io.promlib.ops.OpsServer;
import io.promlib.outbox.OutboxAdmin;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A gateway, an HTTP edge and an ops server of one bus, which open and close together. */
final class Edges implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Edges.class);

  private final WsGateway gateway;
  private final HttpEdge http;
  private final OpsServer ops;
  private final PrometheusMetrics metrics;
  private final String wsAddress;
  private final String httpAddress;
  private final String opsAddress;

  private Edges(
      WsGateway gateway,
      HttpEdge http,
      OpsServer ops,
      PrometheusMetrics metrics,
      String wsAddress,
      String httpAddress,
      String opsAddress) {
    this.gateway = gateway;
    this.http = http;
    this.ops = ops;
    this.metrics = metrics;
    this.wsAddress = wsAddress;
    this.httpAddress = httpAddress;
    this.opsAddress = opsAddress;
  }

  /** Opens them for a bus that tells no metrics what it does, and without an outbox to show. */
  static Edges open(EventBus bus, EdgeSettings settings, Authenticator auth) {
    return open(bus, settings, auth, PrometheusMetrics.builder().jvm().build(), null);
  }

  /**
   * Opens them. The metrics, to which the bus tells what it does, are served and closed with them.
   *
   * @throws UsageException naming the variable, if an address cannot be listened on or an origin is
   *     none
   */
  static Edges open(
      EventBus bus,
      EdgeSettings settings,
      Authenticator auth,
      PrometheusMetrics metrics,
      @Nullable OutboxAdmin outbox) {
    warnIfOpen(settings);
    try {
      return openAll(bus, settings, auth, metrics, outbox);
    } catch (UncheckedIOException taken) {
      metrics.close();
      throw new UsageException(
          taken.getMessage() + "; BIND, WS_PORT, HTTP_PORT and OPS_PORT choose another");
    } catch (RuntimeException | Error e) {
      metrics.close();
      throw e;
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

  private static Edges openAll(
      EventBus bus,
      EdgeSettings settings,
      Authenticator auth,
      PrometheusMetrics metrics,
      @Nullable OutboxAdmin outbox) {
    ConnectedClients clients = ConnectedClients.create();
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
            .listener(metrics.gatewayListener())
            .listener(clients)
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
              .limits(httpLimits.build())
              .serve("/", "text/html; charset=utf-8", page(ws));
      if (tls != null) {
        edge.tls(tls);
      }
      HttpEdge http = edge.start();
      try {
        metrics.watch(bus).watch(gateway);
        OpsServer ops = ops(bus, settings, auth, metrics, clients, outbox);
        String web = "http" + s + "://" + host + ":";
        return new Edges(
            gateway,
            http,
            ops,
            metrics,
            ws,
            web + http.address().getPort() + "/",
            web + ops.address().getPort() + "/");
      } catch (RuntimeException | Error e) {
        http.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      gateway.close();
      throw e;
    }
  }

  private static OpsServer ops(
      EventBus bus,
      EdgeSettings settings,
      Authenticator auth,
      PrometheusMetrics metrics,
      ConnectedClients clients,
      @Nullable OutboxAdmin outbox) {
    OpsServer.Builder builder =
        OpsServer.of(bus)
            .port(settings.opsPort())
            .bind(settings.bind())
            .auth(auth)
            .metrics(metrics)
            .clients(clients)
            .actions(true);
    if (outbox != null) {
      metrics.watch(outbox);
      builder.outbox(outbox);
    }
    SSLContext tls = settings.tls();
    if (tls != null) {
      builder.tls(tls);
    }
    return builder.start();
  }

  /** As addresses write it: IPv6 in brackets, and this machine where the bind address means all. */
  private static String host(String bind) {
    if (bind.equals("0.0.0.0") || bind.equals("::")) {
      return "localhost";
    }
    return bind.contains(":") ? "[" + bind + "]" : bind;
  }

  /**
   * What a browser shows at the HTTP edge's root: what runs here and how to reach it, no secret.
   */
  private static byte[] page(String wsAddress) {
    try (InputStream page = Edges.class.getResourceAsStream("welcome.html")) {
      String text = new String(Objects.requireNonNull(page).readAllBytes(), StandardCharsets.UTF_8);
      return text.replace("@GATEWAY@", wsAddress).getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("welcome.html is missing from the jar", e);
    }
  }

  String wsAddress() {
    return wsAddress;
  }

  String httpAddress() {
    return httpAddress;
  }

  String opsAddress() {
    return opsAddress;
  }

  @Override
  public void close() {
    ops.close();
    http.close();
    gateway.close();
    metrics.close();
  }
}
