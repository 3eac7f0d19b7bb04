package io.promlib.examples;

import io.promlib.acl.StaticTokenAuthenticator;
import io.promlib.bus.EventBus;
import io.promlib.http.HttpEdge;
import io.promlib.http.HttpLimits;
import io.promlib.ws.GatewayLimits;
import io.promlib.ws.WsGateway;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** A gateway and an HTTP edge of one bus, which open and close together. */
final class Edges implements AutoCloseable {
  private final WsGateway gateway;
  private final HttpEdge http;
  private final String wsAddress;
  private final String host;

  private Edges(WsGateway gateway, HttpEdge http, String wsAddress, String host) {
    this.gateway = gateway;
    this.http = http;
    this.wsAddress = wsAddress;
    this.host = host;
  }

  /**
   * Opens both; the token opens everything.
   *
   * @throws UsageException naming the variable, if an address cannot be listened on or an origin is
   *     none
   */
  static Edges open(EventBus bus, EdgeSettings settings, String token) {
    try {
      return openBoth(bus, settings, token);
    } catch (UncheckedIOException taken) {
      throw new UsageException(taken.getMessage() + "; BIND, WS_PORT and HTTP_PORT choose another");
    }
  }

  private static Edges openBoth(EventBus bus, EdgeSettings settings, String token) {
    StaticTokenAuthenticator auth = StaticTokenAuthenticator.of(token);
    GatewayLimits.Builder limits = GatewayLimits.builder();
    settings.publishRate().ifPresent(limits::publishRate);
    settings.topicRate().ifPresent(limits::topicRate);
    HttpLimits httpLimits =
        HttpLimits.DEFAULTS.rates(
            settings.publishRate().orElse(HttpLimits.DEFAULTS.publishRate()),
            settings.topicRate().orElse(HttpLimits.DEFAULTS.topicRate()));
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
    WsGateway gateway = builder.start();
    try {
      String host = host(settings.bind());
      String ws = "ws://" + host + ":" + gateway.address().getPort() + "/";
      HttpEdge http =
          HttpEdge.of(bus)
              .port(settings.httpPort())
              .bind(settings.bind())
              .auth(auth)
              .limits(httpLimits)
              .serve("/", "text/html; charset=utf-8", page(ws))
              .start();
      return new Edges(gateway, http, ws, host);
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
    return "http://" + host + ":" + http.address().getPort() + "/";
  }

  @Override
  public void close() {
    http.close();
    gateway.close();
  }
}
