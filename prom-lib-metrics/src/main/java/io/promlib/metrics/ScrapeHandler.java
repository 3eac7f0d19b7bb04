package io.promlib.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a scraper over HTTP. */
record ScrapeHandler(PrometheusMetrics metrics, String path) implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapeHandler.class);

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!exchange.getRequestURI().getPath().equals(path)) {
        // The server's contexts are prefixes.
        exchange.sendResponseHeaders(404, -1);
      } else if (method.equals("GET") || method.equals("HEAD")) {
        answer(exchange, method.equals("GET"));
      } else {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
      }
    }
  }

  private void answer(HttpExchange exchange, boolean withBody) throws IOException {
    Scrape scrape;
    try {
      scrape = metrics.scrape(exchange.getRequestHeaders().getFirst("Accept"));
    } catch (RuntimeException e) {
      LOG.warn("a scrape failed; look for the collector in the stack trace", e);
      exchange.sendResponseHeaders(500, -1);
      return;
    }
    byte[] body = scrape.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", scrape.contentType());
    exchange.sendResponseHeaders(200, withBody ? body.length : -1);
    if (withBody) {
      exchange.getResponseBody().write(body);
    }
  }
}
