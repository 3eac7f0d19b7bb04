package io.promlib.ops;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends each request where it belongs, and its failure to the client. */
final class Routes implements HttpHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Routes.class);
  private static final int MAX_BODY = 16 << 10;
  private static final String GET = "GET";
  private static final String READY = "/readyz";
  private static final Answer HEALTHY =
      new Answer(200, Answer.TEXT, "ok\n".getBytes(StandardCharsets.UTF_8));

  private final Exchanges exchanges;
  private final Places waiting;
  private final Places probes;
  private final Places others;
  private final Gate gate;
  private final Stores stores;
  private final Map<String, Answer> files;
  private final Map<String, Endpoint> endpoints;
  private final Endpoint readiness;
  private final boolean actions;

  /**
   * Routes.
   *
   * @param limits of each of three kinds: what asks the stores, readiness, and all else, which is
   *     to be answered while those hang
   * @param files what is open to everyone, by path
   * @param endpoints by method, a space and the path, in which a star stands for any segment
   */
  Routes(
      Exchanges exchanges,
      OpsLimits limits,
      Gate gate,
      Stores stores,
      Map<String, Answer> files,
      Map<String, Endpoint> endpoints,
      Endpoint readiness,
      boolean actions) {
    this.exchanges = exchanges;
    this.waiting = new Places(limits);
    this.probes = new Places(limits);
    this.others = new Places(limits);
    this.gate = gate;
    this.stores = stores;
    this.files = Map.copyOf(files);
    this.endpoints = Map.copyOf(endpoints);
    this.readiness = readiness;
    this.actions = actions;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String address = Places.counted(exchange.getRemoteAddress().getAddress());
      try {
        requirePlainLength(exchange);
        String path = exchange.getRequestURI().getRawPath();
        if (path.equals("/healthz")) {
          // Takes no place: who watches this process is to be answered when it is busy, too.
          requireRead(exchange);
          HEALTHY.send(exchange);
          return;
        }
        List<String> parts = parts(path);
        Places places = places(exchange, shape(parts));
        places.take(address);
        try {
          exchanges.opened();
          answer(exchange, address, parts).send(exchange);
        } finally {
          places.give(address);
        }
      } catch (OpsError e) {
        Answer.refuse(exchange, e);
      } catch (RuntimeException e) {
        LOG.error("a request failed", e);
        Answer.refuse(
            exchange,
            new OpsError(
                500, "internal", "the ops server failed at this request; its log says why"));
      }
    }
  }

  /** A length in a spelling that others may read otherwise, such as +5 (RFC 9112, 6.3). */
  private static void requirePlainLength(HttpExchange exchange) throws OpsError {
    String length = exchange.getRequestHeaders().getFirst("Content-Length");
    if (length != null && !length.matches("[0-9]{1,18}")) {
      exchange.getResponseHeaders().set("Connection", "close");
      throw OpsError.badRequest("Content-Length must be digits");
    }
  }

  private Places places(HttpExchange exchange, String shape) {
    if (shape.equals(READY)) {
      return probes;
    }
    Endpoint endpoint = endpoints.get(method(exchange) + " " + shape);
    return endpoint != null && endpoint.asksStores() ? waiting : others;
  }

  private Answer answer(HttpExchange exchange, String address, List<String> parts)
      throws IOException, OpsError {
    gate.requireOwnPage(exchange.getRequestHeaders());
    Answer file = files.get(exchange.getRequestURI().getRawPath());
    if (file != null) {
      requireRead(exchange);
      return file;
    }
    String shape = shape(parts);
    requireActions(exchange, shape);
    Caller caller = gate.caller(exchange.getRequestHeaders(), address);
    if (shape.equals(READY)) {
      requireRead(exchange);
      return readiness.answer(ask(exchange, caller, parts));
    }
    Endpoint endpoint = find(exchange, shape);
    Ask ask = ask(exchange, caller, parts);
    if (isRead(exchange)) {
      ask.requireNoBody();
    } else if (caller.policy() == null) {
      throw OpsError.unauthorized(
          OpsError.NO_TOKEN, "actions need a token, here too: Authorization: Bearer …");
    } else if (!actions) {
      throw actionsAreOff();
    }
    // What is asked when the stores are away does not wait behind those who wait for them.
    return endpoint.asksStores() ? stores.ask(endpoint, ask) : endpoint.answer(ask);
  }

  /** Where anybody may read, it is no secret that nothing can be done. */
  private void requireActions(HttpExchange exchange, String shape) throws OpsError {
    if (!actions && gate.readsAreOpen() && !isRead(exchange) && isAction(exchange, shape)) {
      throw actionsAreOff();
    }
  }

  private boolean isAction(HttpExchange exchange, String shape) {
    return endpoints.containsKey(exchange.getRequestMethod() + " " + shape);
  }

  private static OpsError actionsAreOff() {
    return new OpsError(
        403, "actions_off", "actions are off on this server; its host can turn them on");
  }

  private static boolean isRead(HttpExchange exchange) {
    String method = exchange.getRequestMethod();
    return method.equals(GET) || method.equals("HEAD");
  }

  private static String method(HttpExchange exchange) {
    return isRead(exchange) ? GET : exchange.getRequestMethod();
  }

  private Endpoint find(HttpExchange exchange, String shape) throws OpsError {
    Endpoint found = endpoints.get(method(exchange) + " " + shape);
    if (found != null) {
      return found;
    }
    TreeSet<String> allowed = new TreeSet<>();
    for (String known : List.of(GET, "POST", "DELETE")) {
      if (endpoints.containsKey(known + " " + shape)) {
        allowed.add(known);
      }
    }
    if (allowed.isEmpty()) {
      throw OpsError.notFound("there is nothing here; the page is at /");
    }
    if (allowed.contains(GET)) {
      allowed.add("HEAD");
    }
    throw wrongMethod(exchange, String.join(", ", allowed));
  }

  private static void requireRead(HttpExchange exchange) throws OpsError {
    if (!isRead(exchange)) {
      throw wrongMethod(exchange, "GET, HEAD");
    }
  }

  private static OpsError wrongMethod(HttpExchange exchange, String allowed) {
    exchange.getResponseHeaders().set("Allow", allowed);
    return new OpsError(405, "method_not_allowed", "use " + allowed + " here");
  }

  private static List<String> parts(String path) throws OpsError {
    List<String> parts = new ArrayList<>();
    if (path.startsWith("/")) {
      for (String part : path.substring(1).split("/", -1)) {
        parts.add(Query.decoded("the path", part, false));
      }
    }
    return parts;
  }

  /** The first and the fourth segment are words, which hold no slash, those between them names. */
  private static String shape(List<String> parts) {
    StringBuilder shape = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      shape.append('/').append(i == 1 || i == 2 ? "*" : parts.get(i).replace("/", "%2F"));
    }
    return shape.toString();
  }

  private static Ask ask(HttpExchange exchange, Caller caller, List<String> parts)
      throws IOException, OpsError {
    Headers headers = exchange.getRequestHeaders();
    return new Ask(
        caller, parts, exchange.getRequestURI().getRawQuery(), headers, body(exchange, headers));
  }

  private static byte[] body(HttpExchange exchange, Headers headers) throws IOException, OpsError {
    @Nullable String length = headers.getFirst("Content-Length");
    if (length != null && Long.parseLong(length) > MAX_BODY) {
      throw tooLarge();
    }
    InputStream in = exchange.getRequestBody();
    byte[] bytes = in.readNBytes(MAX_BODY + 1);
    if (bytes.length > MAX_BODY) {
      throw tooLarge();
    }
    return bytes;
  }

  private static OpsError tooLarge() {
    return new OpsError(413, "too_large", "a body may have at most " + MAX_BODY + " bytes");
  }
}
