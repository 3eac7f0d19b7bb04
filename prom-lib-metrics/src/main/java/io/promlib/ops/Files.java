package io.promlib.ops;

import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Objects;

/** The page's own files, which hold no secret and are open to everyone. */
final class Files {
  private Files() {}

  static Map<String, Answer> all() {
    return Map.of(
        "/", file("ops.html", "text/html; charset=utf-8"),
        "/ops.css", file("ops.css", "text/css; charset=utf-8"),
        "/ops.mjs", file("ops.mjs", "text/javascript; charset=utf-8"),
        "/ops.svg", file("ops.svg", "image/svg+xml"));
  }

  private static Answer file(String name, String type) {
    try (InputStream in = Files.class.getResourceAsStream(name)) {
      return new Answer(200, type, Objects.requireNonNull(in, name).readAllBytes());
    } catch (IOException e) {
      throw new IllegalStateException(name + " is missing from the jar", e);
    }
  }
}
