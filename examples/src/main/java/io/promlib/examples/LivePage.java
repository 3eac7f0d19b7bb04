package io.promlib.examples;

import io.promlib.client.JsClient;
import io.promlib.http.HttpEdge;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What a browser shows at the HTTP edge's root: a live board of process states, and how to reach
 * what runs here. It holds no secret: whoever looks at it gives the token.
 */
final class LivePage {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String CSS = "text/css; charset=utf-8";

  private LivePage() {}

  /** Has the edge serve the board, for the gateway at this address, and the JavaScript client. */
  static HttpEdge.Builder serveOn(HttpEdge.Builder edge, String wsAddress) {
    Map<String, String> headers = headers(URI.create(wsAddress));
    String page = new String(resource("index.html"), StandardCharsets.UTF_8);
    byte[] html = page.replace("@GATEWAY@", wsAddress).getBytes(StandardCharsets.UTF_8);
    return edge.serve("/", HTML, html, headers)
        .serve("/board.css", CSS, resource("board.css"), headers)
        .serve("/board.mjs", JsClient.CONTENT_TYPE, resource("board.mjs"), headers)
        .serve(JsClient.PATH, JsClient.CONTENT_TYPE, JsClient.source(), headers);
  }

  /** Nothing but its own files is loaded, and nothing but the gateway's port is spoken to. */
  private static Map<String, String> headers(URI gateway) {
    String anyName = gateway.getScheme() + "://*:" + gateway.getPort();
    return Map.of(
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src "
            + anyName
            + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy",
        "no-referrer",
        "Cache-Control",
        "no-cache");
  }

  private static byte[] resource(String name) {
    try (InputStream file = LivePage.class.getResourceAsStream("board/" + name)) {
      if (file == null) {
        throw new IllegalStateException("board/" + name + " is missing from the jar");
      }
      return file.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
