package io.promlib.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Answers a scraper over HTTP. */
record ScrapeHandler(PrometheusMetrics metrics, String path) implements HttpHandler {

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!exchange.getRequestURI().getPath().equals(path)) {
        // The server's contexts are prefixes.
        exchange.sendResponseHeaders(404, -1);
      } else if (method.equals("GET") || method.equals("HEAD")) {
        Scrape scrape = metrics.scrape(exchange.getRequestHeaders().getFirst("Accept"));
        byte[] body = scrape.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", scrape.contentType());
        if (method.equals("HEAD")) {
          exchange.sendResponseHeaders(200, -1);
        } else {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
        }
      } else {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
      }
    }
  }
}
