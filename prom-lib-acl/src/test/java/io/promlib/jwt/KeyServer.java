package io.promlib.jwt;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A real key server on the loopback address. */
final class KeyServer implements AutoCloseable {

  /** Answers a request. */
  interface Handler {
    void handle(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final AtomicInteger fetches = new AtomicInteger();
  private volatile Handler handler;

  KeyServer(String jwks) {
    handler = answering(jwks);
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext(
        "/",
        exchange -> {
          fetches.incrementAndGet();
          try (exchange) {
            handler.handle(exchange);
          }
        });
    server.setExecutor(threads);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks.json");
  }

  /** Of verifiers with its keys, which wait for them as long as they may. */
  JwtVerifierBuilder verifier() {
    return JwtVerifier.builder()
        .jwksUrl(url())
        .jwksConnectTimeout(Duration.ofMinutes(1))
        .jwksReadTimeout(Duration.ofMinutes(1));
  }

  /** How many requests it got. */
  int fetches() {
    return fetches.get();
  }

  void shows(String jwks) {
    handler = answering(jwks);
  }

  void fails(int status) {
    handler = exchange -> exchange.sendResponseHeaders(status, -1);
  }

  void handles(Handler next) {
    handler = next;
  }

  private static Handler answering(String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return exchange -> {
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    };
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
