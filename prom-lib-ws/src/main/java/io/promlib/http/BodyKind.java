package io.promlib.http;

import com.sun.net.httpserver.Headers;
import java.util.List;
import java.util.Locale;

/** What a request says of its body, before a byte of it is read. */
enum BodyKind {
  JSON("application/json"),
  NDJSON("application/x-ndjson");

  private final String type;

  BodyKind(String type) {
    this.type = type;
  }

  /** The kind that the headers name: one media type, UTF-8, not compressed. */
  static BodyKind of(Headers request) throws HttpError {
    List<String> encodings = request.getOrDefault("Content-Encoding", List.of());
    if (!encodings.stream().allMatch(one -> one.trim().equalsIgnoreCase("identity"))) {
      throw unsupported("send the body as it is, without Content-Encoding");
    }
    List<String> types = request.getOrDefault("Content-Type", List.of());
    String[] parts =
        types.size() == 1
            ? types.get(0).toLowerCase(Locale.ROOT).split(";", -1)
            : new String[] {""};
    for (BodyKind kind : values()) {
      if (parts[0].trim().equals(kind.type) && isUtf8(parts)) {
        return kind;
      }
    }
    throw unsupported("send one Content-Type, " + JSON.type + " or " + NDJSON.type + ", in UTF-8");
  }

  private static boolean isUtf8(String[] parts) {
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].trim().replace("\"", "");
      if (parameter.startsWith("charset") && !parameter.equals("charset=utf-8")) {
        return false;
      }
    }
    return true;
  }

  private static HttpError unsupported(String message) {
    return new HttpError(415, "unsupported_media_type", message);
  }
}
