package io.promlib.client.js;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.promlib.client.JsClient;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Serves the client, the scenarios and the golden frames, and takes the scenarios' orders: {@code
 * POST /worlds} makes a world, {@code POST /worlds/{name}/{order}} steers it.
 */
final class ControlServer implements AutoCloseable {
  private static final Map<String, String> TYPES =
      Map.of("mjs", "text/javascript", "html", "text/html", "json", "application/json");

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, World> worlds = new ConcurrentHashMap<>();
  private final AtomicInteger number = new AtomicInteger();

  ControlServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    try (exchange) {
      if (exchange.getRequestMethod().equals("POST")) {
        JsonNode asked = Json.mapper().readTree(exchange.getRequestBody().readAllBytes());
        String[] parts = path.split("/", -1);
        JsonNode answer = parts.length == 2 ? open(asked) : order(parts[2], parts[3], asked);
        send(exchange, 200, "application/json", Json.mapper().writeValueAsBytes(answer));
      } else {
        send(exchange, 200, TYPES.get(path.substring(path.lastIndexOf('.') + 1)), content(path));
      }
    } catch (RuntimeException | IOException e) {
      send(exchange, 500, "text/plain", e.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  private JsonNode open(JsonNode options) {
    String name = "w" + number.incrementAndGet();
    World made = new World(options);
    worlds.put(name, made);
    return Json.mapper().createObjectNode().put("name", name).put("url", made.url());
  }

  private JsonNode order(String name, String order, JsonNode with) {
    World world = worlds.get(name);
    if (order.equals("close")) {
      worlds.remove(name);
      world.close();
      return Json.mapper().createObjectNode();
    }
    return world.call(order, with);
  }

  private static byte[] content(String path) throws IOException {
    if (path.equals(JsClient.PATH)) {
      return JsClient.source();
    }
    if (path.startsWith("/frames/")) {
      try (InputStream frame = JsClient.class.getResourceAsStream("/io/promlib/testkit" + path)) {
        return frame.readAllBytes();
      }
    }
    return Files.readAllBytes(Path.of("src", "test", "js", Path.of(path).getFileName().toString()));
  }

  private static void send(HttpExchange exchange, int status, String type, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", type);
    // A connection that is kept may be closed in the moment in which the browser sends the next
    // order.
    exchange.getResponseHeaders().set("Connection", "close");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    worlds.values().forEach(World::close);
  }
}
