package io.promlib.metrics;

import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpServer;
import io.prometheus.client.Collector;
import io.prometheus.client.CollectorRegistry;
import java.util.ArrayDeque;
import java.util.Deque;

/** What is to be taken back at the end. */
final class Registrations {
  private final CollectorRegistry registry;
  private final Deque<Runnable> undoing = new ArrayDeque<>();
  private boolean closed;

  Registrations(CollectorRegistry registry) {
    this.registry = registry;
  }

  CollectorRegistry registry() {
    return registry;
  }

  synchronized void add(Collector collector) {
    requireOpen();
    registry.register(collector);
    undoing.push(() -> registry.unregister(collector));
  }

  synchronized void add(ScrapeHandler handler, HttpServer server) {
    requireOpen();
    HttpContext context = context(handler, server);
    undoing.push(() -> remove(server, context));
  }

  private static HttpContext context(ScrapeHandler handler, HttpServer server) {
    try {
      return server.createContext(handler.path(), handler);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "the path must begin with a slash and be one that the server does not serve yet, is "
              + handler.path(),
          e);
    }
  }

  private static void remove(HttpServer server, HttpContext context) {
    try {
      server.removeContext(context);
    } catch (IllegalArgumentException e) {
      // The host removed it itself.
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("these metrics are closed; build others");
    }
  }

  synchronized void close() {
    closed = true;
    while (!undoing.isEmpty()) {
      undoing.pop().run();
    }
  }
}
