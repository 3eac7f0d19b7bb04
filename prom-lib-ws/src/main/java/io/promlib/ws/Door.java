package io.promlib.ws;

import io.promlib.ws.internal.Origins;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.java_websocket.handshake.ClientHandshake;
import org.jspecify.annotations.Nullable;

/** Decides which opening handshakes are good: RFC 6455 section 4.2.1, the path and the origin. */
final class Door {
  private static final Pattern HOST = Pattern.compile("[^\\s/?#@;,]+");
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

  private final String path;
  private final Origins origins;

  Door(String path, Origins origins) {
    this.path = path;
    this.origins = origins;
  }

  /**
   * What a client is told that may not enter.
   *
   * @param headers more header lines, each with its end
   */
  record Refusal(String status, String headers, String message) {
    byte[] response() {
      byte[] body = (message + "\n").getBytes(StandardCharsets.UTF_8);
      String head =
          "HTTP/1.1 "
              + status
              + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: "
              + body.length
              + "\r\nConnection: close\r\n"
              + headers
              + "\r\n";
      return (head + message + "\n").getBytes(StandardCharsets.UTF_8);
    }
  }

  /** Null if the client may enter. A header that came several times never matches. */
  @Nullable Refusal judge(ClientHandshake request) {
    String host = request.getFieldValue("Host");
    if (!HOST.matcher(host).matches()) {
      return new Refusal("400 Bad Request", "", "one Host header is needed");
    }
    if (!isPath(request.getResourceDescriptor())) {
      return new Refusal("404 Not Found", "", "there is nothing at this path");
    }
    if (!isUpgrade(request)) {
      return new Refusal(
          "426 Upgrade Required", "Upgrade: websocket\r\n", "this port speaks WebSocket only");
    }
    if (!request.getFieldValue("Sec-WebSocket-Version").equals("13")) {
      return new Refusal(
          "426 Upgrade Required",
          "Sec-WebSocket-Version: 13\r\n",
          "Sec-WebSocket-Version must be 13");
    }
    if (!KEY.matcher(request.getFieldValue("Sec-WebSocket-Key")).matches()) {
      return new Refusal("400 Bad Request", "", "Sec-WebSocket-Key must be 16 bytes in Base64");
    }
    if (!origins.allows(request.getFieldValue("Origin"), host)) {
      return new Refusal(
          "403 Forbidden",
          "",
          "pages of this origin may not connect; the gateway's origins setting lists those that may");
    }
    return null;
  }

  private boolean isPath(String asked) {
    int query = asked.indexOf('?');
    return path.equals(query < 0 ? asked : asked.substring(0, query));
  }

  private static boolean isUpgrade(ClientHandshake request) {
    return request.getFieldValue("Upgrade").equalsIgnoreCase("websocket")
        && request.getFieldValue("Connection").toLowerCase(Locale.ROOT).contains("upgrade");
  }
}
