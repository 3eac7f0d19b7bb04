package io.promlib.examples.orders;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.mongodb.MongoException;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.promlib.PromException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /orders} on the loopback address. */
final class OrderApi implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OrderApi.class);
  private static final int MOST_BYTES = 16 << 10;
  private static final int THREADS = 8;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader REQUESTS =
      JSON.readerFor(Request.class)
          .with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .with(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .without(DeserializationFeature.ACCEPT_FLOAT_AS_INT);

  /** The body of a request. */
  record Request(@Nullable String id, @Nullable String customer, @Nullable Long cents) {}

  private record Answer(int status, Map<String, Object> body) {
    static Answer refused(int status, String message) {
      return new Answer(status, Map.of("error", message));
    }
  }

  private final OrderBook book;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  OrderApi(OrderBook book, int port) throws IOException {
    this.book = book;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", this::serve);
    server.setExecutor(threads);
    server.start();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/orders";
  }

  private void serve(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answer(exchange);
      byte[] body = JSON.writeValueAsBytes(answer.body());
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private Answer answer(HttpExchange exchange) throws IOException {
    if (!exchange.getRequestURI().getPath().equals("/orders")) {
      return Answer.refused(404, "nothing is here but /orders");
    }
    if (!exchange.getRequestMethod().equals("POST")) {
      exchange.getResponseHeaders().set("Allow", "POST");
      return Answer.refused(405, "orders are placed by POST");
    }
    byte[] body = exchange.getRequestBody().readNBytes(MOST_BYTES + 1);
    if (body.length > MOST_BYTES) {
      return Answer.refused(413, "an order has at most " + MOST_BYTES + " bytes");
    }
    try {
      return place(order(REQUESTS.readValue(body)));
    } catch (JsonProcessingException e) {
      return Answer.refused(
          400, "the body must be JSON such as {\"customer\": \"ada\", \"cents\": 1250}");
    } catch (IllegalArgumentException e) {
      return Answer.refused(400, String.valueOf(e.getMessage()));
    } catch (MongoException | PromException e) {
      LOG.warn("an order was not placed, or nobody knows", e);
      return Answer.refused(
          503, "it is not known whether the order was placed; send it again with the same id");
    }
  }

  private static Order order(Request request) {
    if (request.customer() == null) {
      throw new IllegalArgumentException("customer is missing");
    }
    if (request.cents() == null) {
      throw new IllegalArgumentException("cents is missing");
    }
    String id = request.id() == null ? UUID.randomUUID().toString() : request.id();
    return new Order(id, request.customer(), request.cents());
  }

  private Answer place(Order order) {
    return switch (book.place(order)) {
      case NOW -> new Answer(201, Map.of("id", order.id(), "duplicate", false));
      case BEFORE -> new Answer(200, Map.of("id", order.id(), "duplicate", true));
      case REFUSED ->
          Answer.refused(409, "another order has the id " + order.id() + ": choose another one");
    };
  }

  @Override
  public void close() {
    server.stop(1);
    threads.shutdown();
  }
}
