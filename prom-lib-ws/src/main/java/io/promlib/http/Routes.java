package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.promlib.ws.internal.Addresses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends each request where it belongs, and its failure to the client. */
final class Routes implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String PUBLISH = "/publish/";
  private static final String HEALTH = "/healthz";
  private static final String REPLAY = "/replay";
  private static final String EXPORT = "/export";
  private static final String SNAP = "/snap/";
  private static final byte[] HEALTHY = "ok\n".getBytes(StandardCharsets.UTF_8);

  /** Whether the edge itself answers for a path. */
  static boolean isOwn(String path) {
    return path.startsWith(PUBLISH)
        || path.startsWith(SNAP)
        || path.equals(REPLAY)
        || path.equals(EXPORT)
        || path.equals(HEALTH);
  }

  /** What a host has the edge serve. */
  static final class Content {
    private final String type;
    private final byte[] bytes;
    private final Map<String, String> headers;

    Content(String type, byte[] bytes, Map<String, String> headers) {
      this.type = type;
      this.bytes = bytes.clone();
      this.headers = Map.copyOf(headers);
    }
  }

  private final Exchanges exchanges;
  private final Places places;
  private final Pages pages;
  private final PublishHandler publish;
  private final ReplayHandler replay;
  private final ExportHandler export;
  private final SnapHandler snap;
  private final Map<String, Content> contents;

  Routes(
      Exchanges exchanges,
      Places places,
      Pages pages,
      PublishHandler publish,
      ReplayHandler replay,
      ExportHandler export,
      SnapHandler snap,
      Map<String, Content> contents) {
    this.exchanges = exchanges;
    this.places = places;
    this.pages = pages;
    this.publish = publish;
    this.replay = replay;
    this.export = export;
    this.snap = snap;
    this.contents = Map.copyOf(contents);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      Body body = new Body(exchange);
      try {
        pages.check(exchange);
        body.requireDigits();
        if (exchange.getRequestURI().getRawPath().equals(HEALTH)) {
          health(exchange, body);
        } else {
          inItsPlace(exchange, body);
        }
      } catch (HttpError e) {
        exchanges.refused();
        Answer.refuse(exchange, e, body);
      } catch (RuntimeException e) {
        LOG.error("a request failed", e);
        exchanges.refused();
        Answer.refuse(
            exchange,
            HttpError.internal("the edge failed at this request; its log says why"),
            body);
      }
    }
  }

  /** Takes no place: who watches this process is to be answered when it is busy, too. */
  private static void health(HttpExchange exchange, Body body) throws IOException, HttpError {
    requireRead(exchange, body);
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    Answer.send(exchange, "text/plain; charset=utf-8", HEALTHY);
  }

  private void inItsPlace(HttpExchange exchange, Body body) throws IOException, HttpError {
    String address = Addresses.counted(exchange.getRemoteAddress().getAddress());
    places.take(address);
    try {
      exchanges.admitted();
      if (!pages.isPreflight(exchange)) {
        route(exchange, body, address);
      }
    } finally {
      places.give(address);
    }
  }

  private void route(HttpExchange exchange, Body body, String address)
      throws IOException, HttpError {
    String path = exchange.getRequestURI().getRawPath();
    Content content = contents.get(path);
    if (content != null) {
      requireRead(exchange, body);
      content.headers.forEach(exchange.getResponseHeaders()::set);
      Answer.send(exchange, content.type, content.bytes);
    } else if (path.startsWith(PUBLISH) && path.indexOf('/', PUBLISH.length()) < 0) {
      publish.handle(exchange, body, address, path.substring(PUBLISH.length()));
    } else if (path.equals(REPLAY)) {
      replay.handle(exchange, body, address);
    } else if (path.equals(EXPORT)) {
      export.handle(exchange, body, address);
    } else if (path.startsWith(SNAP)) {
      snap.handle(exchange, body, address, path.substring(SNAP.length()));
    } else {
      throw HttpError.notFound();
    }
  }

  private static void requireRead(HttpExchange exchange, Body body) throws HttpError {
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      throw new HttpError(405, "method_not_allowed", "read this with GET");
    }
    body.requireNone();
  }
}
