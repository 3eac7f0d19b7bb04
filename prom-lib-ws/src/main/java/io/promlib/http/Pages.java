package io.promlib.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import io.promlib.ws.internal.Origins;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Which pages' scripts may use the edge. A page that is not allowed is refused, an origin that the
 * host listed is told so in the words of CORS (Fetch standard, 3.2), nobody else is told anything.
 */
final class Pages {
  private static final String LIFE_SECONDS = "600";
  private static final String EXPOSED = "ETag, Retry-After, X-Export-From-Seq, X-Export-To-Seq";

  private final Origins origins;

  Pages(Origins origins) {
    this.origins = origins;
  }

  void check(HttpExchange exchange) throws HttpError {
    Headers request = exchange.getRequestHeaders();
    List<String> given = request.getOrDefault("Origin", List.of());
    if (given.isEmpty()) {
      return;
    }
    String host = request.getFirst("Host");
    String origin = given.get(0);
    if (given.size() > 1 || origin.isEmpty() || !origins.allows(origin, host == null ? "" : host)) {
      throw HttpError.forbidden("pages of this origin may not use this edge");
    }
    if (origins.lists(origin)) {
      Headers answer = exchange.getResponseHeaders();
      answer.set("Access-Control-Allow-Origin", origin);
      answer.set("Access-Control-Expose-Headers", EXPOSED);
      answer.set("Vary", "Origin");
    }
  }

  /** Answers what a browser asks before it lets a listed page send a token; false if it did not. */
  boolean isPreflight(HttpExchange exchange) throws IOException {
    Headers request = exchange.getRequestHeaders();
    Headers answer = exchange.getResponseHeaders();
    if (!exchange.getRequestMethod().equals("OPTIONS")
        || !request.containsKey("Access-Control-Request-Method")
        || !answer.containsKey("Access-Control-Allow-Origin")) {
      return false;
    }
    String asked = request.getFirst("Access-Control-Request-Headers");
    answer.set("Access-Control-Allow-Methods", "GET, HEAD, POST");
    answer.set("Access-Control-Allow-Headers", allowed(asked == null ? "" : asked));
    answer.set("Access-Control-Max-Age", LIFE_SECONDS);
    exchange.sendResponseHeaders(204, -1);
    return true;
  }

  /** What a publish and a read need, and of those asked for the event headers. */
  private static String allowed(String asked) {
    StringBuilder headers = new StringBuilder("Authorization, Content-Type, If-None-Match");
    for (String name : asked.toLowerCase(Locale.ROOT).split(",", -1)) {
      if (name.trim().matches("x-event-[a-z0-9_.-]{1,100}")) {
        headers.append(", ").append(name.trim());
      }
    }
    return headers.toString();
  }
}
