package io.promlib.http;

import com.sun.net.httpserver.Headers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The event headers among a request's: {@code X-Event-Foo} is {@code foo}. */
final class EventHeaders {
  private static final String PREFIX = "x-event-";
  private static final int MOST = 100;

  private EventHeaders() {}

  /**
   * Reads them. HTTP says nothing about the charset of a value, so only printable ASCII and spaces
   * are taken (RFC 9110, 5.5).
   */
  static Map<String, String> of(Headers request) throws HttpError {
    Map<String, String> headers = new TreeMap<>();
    int size = 0;
    for (Map.Entry<String, List<String>> one : request.entrySet()) {
      String lower = one.getKey().toLowerCase(Locale.ROOT);
      if (lower.startsWith(PREFIX)) {
        String value = value(lower, one.getValue());
        headers.put(lower.substring(PREFIX.length()), value);
        size += lower.length() + value.length();
      }
    }
    if (headers.size() > MOST || size > HttpLimits.META_BYTES) {
      throw HttpError.tooLarge(
          "an event may have at most "
              + MOST
              + " headers of "
              + HttpLimits.META_BYTES
              + " bytes in all");
    }
    return headers;
  }

  static boolean areIn(Headers request) {
    return request.keySet().stream().anyMatch(n -> n.toLowerCase(Locale.ROOT).startsWith(PREFIX));
  }

  private static String value(String name, List<String> values) throws HttpError {
    if (name.length() == PREFIX.length()) {
      throw HttpError.badRequest("header " + name + " needs a name behind it, such as x-event-foo");
    }
    if (values.size() > 1) {
      throw HttpError.badRequest("header " + name + " is there twice; give it once");
    }
    String value = values.get(0);
    if (!value.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      throw HttpError.badRequest(
          "header "
              + name
              + " may hold printable ASCII only; "
              + "an application/x-ndjson line takes any text in its headers");
    }
    return value;
  }
}
