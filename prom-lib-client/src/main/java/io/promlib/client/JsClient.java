package io.promlib.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * The JavaScript client, which a host serves to its pages: {@code edge.serve(JsClient.PATH,
 * JsClient.CONTENT_TYPE, JsClient.source())}.
 */
public final class JsClient {
  /** Where pages expect it. */
  public static final String PATH = "/prom-client.mjs";

  public static final String CONTENT_TYPE = "text/javascript; charset=utf-8";

  private JsClient() {}

  /** The module {@code prom-client.mjs} in UTF-8; it imports nothing that a browser would load. */
  public static byte[] source() {
    try (InputStream module = JsClient.class.getResourceAsStream("prom-client.mjs")) {
      if (module == null) {
        throw new IllegalStateException("prom-client.mjs is missing from the jar of the client");
      }
      return module.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
