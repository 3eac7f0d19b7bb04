package io.promlib.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends each request where it belongs, and its failure to the client. */
final class Routes implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final String PUBLISH = "/publish/";

  /** What a host has the edge serve. */
  static final class Content {
    private final String type;
    private final byte[] bytes;

    Content(String type, byte[] bytes) {
      this.type = type;
      this.bytes = bytes.clone();
    }
  }

  private final PublishHandler publish;
  private final Map<String, Content> contents;

  Routes(PublishHandler publish, Map<String, Content> contents) {
    this.publish = publish;
    this.contents = Map.copyOf(contents);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      try {
        route(exchange);
      } catch (HttpError e) {
        Body.passOver(exchange);
        Answer.send(exchange, e);
      } catch (RuntimeException e) {
        LOG.error("a request failed", e);
        Answer.send(
            exchange,
            new HttpError(500, "internal", "the edge failed at this request; its log says why"));
      }
    }
  }

  private void route(HttpExchange exchange) throws IOException, HttpError {
    String path = exchange.getRequestURI().getRawPath();
    Content content = contents.get(path);
    if (content != null) {
      requireRead(exchange);
      Answer.send(exchange, 200, content.type, content.bytes);
    } else if (path.equals("/healthz")) {
      requireRead(exchange);
      Answer.send(
          exchange, 200, "text/plain; charset=utf-8", "ok\n".getBytes(StandardCharsets.UTF_8));
    } else if (path.startsWith(PUBLISH) && path.indexOf('/', PUBLISH.length()) < 0) {
      publish.handle(exchange, path.substring(PUBLISH.length()));
    } else {
      throw HttpError.notFound();
    }
  }

  private static void requireRead(HttpExchange exchange) throws HttpError {
    String method = exchange.getRequestMethod();
    if (!method.equals("GET") && !method.equals("HEAD")) {
      exchange.getResponseHeaders().set("Allow", "GET, HEAD");
      throw new HttpError(405, "method_not_allowed", "read this with GET");
    }
  }
}
