package io.promlib.ops;

import io.promlib.event.Utf8;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields of an address behind the question mark, and percent-encoding (RFC 3986, 2.1). */
final class Query {
  static final int MOST_ROWS = 500;
  private static final int ROWS = 50;
  private static final int MOST_SOUGHT = 300;

  private final Map<String, String> fields;

  private Query(Map<String, String> fields) {
    this.fields = fields;
  }

  /** Reads a query that may have these fields, each once: one with a typing mistake is refused. */
  static Query of(@Nullable String raw, List<String> known) throws OpsError {
    Map<String, String> fields = new TreeMap<>();
    if (raw == null || raw.isEmpty()) {
      return new Query(fields);
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name = decoded("the query", equals < 0 ? pair : pair.substring(0, equals), true);
      if (!known.contains(name)) {
        throw OpsError.badRequest(
            "the query has a field that is not known here; there are "
                + (known.isEmpty() ? "none" : String.join(", ", known)));
      }
      String value = equals < 0 ? "" : decoded(name, pair.substring(equals + 1), true);
      if (fields.put(name, value) != null) {
        throw OpsError.badRequest("the query has " + name + " twice; give it once");
      }
    }
    return new Query(fields);
  }

  /** Null if it is not there or empty. */
  @Nullable String text(String field) {
    String given = fields.get(field);
    return given == null || given.isEmpty() ? null : given;
  }

  String required(String field, String what) throws OpsError {
    String given = text(field);
    if (given == null) {
      throw OpsError.badRequest(field + " is missing; name " + what);
    }
    return given;
  }

  /** What names are to have in them, in lower case; empty for all. */
  String sought() throws OpsError {
    String given = text("q");
    if (given != null && given.length() > MOST_SOUGHT) {
      throw OpsError.badRequest("q may have at most " + MOST_SOUGHT + " characters");
    }
    return given == null ? "" : given.toLowerCase(Locale.ROOT);
  }

  /** How many rows an answer may have. */
  int limit() throws OpsError {
    Long given = number("limit", 1);
    if (given != null && given > MOST_ROWS) {
      throw OpsError.badRequest("limit must be a whole number from 1 to " + MOST_ROWS);
    }
    return given == null ? ROWS : given.intValue();
  }

  /** A whole number of at most 18 digits. */
  @Nullable Long number(String field, long least) throws OpsError {
    String given = text(field);
    if (given == null) {
      return null;
    }
    if (given.matches("[0-9]{1,18}") && Long.parseLong(given) >= least) {
      return Long.valueOf(given);
    }
    throw OpsError.badRequest(field + " must be a whole number from " + least + " on");
  }

  /**
   * Undoes percent-encoding, strictly: nothing is replaced by a stand-in.
   *
   * @param what names the text in an error
   * @param plus whether {@code +} means a space, as forms write it
   */
  static String decoded(String what, String encoded, boolean plus) throws OpsError {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char c = encoded.charAt(i);
      if (c == '%'
          && i + 2 < encoded.length()
          && HexFormat.isHexDigit(encoded.charAt(i + 1))
          && HexFormat.isHexDigit(encoded.charAt(i + 2))) {
        bytes.write(HexFormat.fromHexDigits(encoded, i + 1, i + 3));
        i += 2;
      } else if (c == '+' && plus) {
        bytes.write(' ');
      } else if (c > ' ' && c < 0x7f && c != '%') {
        bytes.write(c);
      } else {
        throw OpsError.badRequest(what + " is not percent-encoded UTF-8");
      }
    }
    byte[] decoded = bytes.toByteArray();
    if (!Utf8.isValid(decoded, decoded.length)) {
      throw OpsError.badRequest(what + " is not percent-encoded UTF-8");
    }
    return new String(decoded, StandardCharsets.UTF_8);
  }
}
