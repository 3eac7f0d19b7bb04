package io.promlib.http;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fields of an address behind the question mark. */
final class Query {
  private final Map<String, String> fields;

  private Query(Map<String, String> fields) {
    this.fields = fields;
  }

  /** Reads a query that may have these fields, each once: one with a typing mistake is refused. */
  static Query of(@Nullable String raw, List<String> known) throws HttpError {
    Map<String, String> fields = new TreeMap<>();
    if (raw == null || raw.isEmpty()) {
      return new Query(fields);
    }
    for (String pair : raw.split("&", -1)) {
      int equals = pair.indexOf('=');
      String name =
          Percent.decode("the query", equals < 0 ? pair : pair.substring(0, equals), true);
      if (!known.contains(name)) {
        throw HttpError.badRequest(
            "the query has a field that is not known here" + named(name) + "; " + rule(known));
      }
      String value = equals < 0 ? "" : Percent.decode(name, pair.substring(equals + 1), true);
      if (fields.put(name, value) != null) {
        throw HttpError.badRequest("the query has " + name + " twice; give it once");
      }
    }
    return new Query(fields);
  }

  @Nullable String text(String field) {
    return fields.get(field);
  }

  /** A whole number of at most 64 bits. */
  @Nullable Long number(String field, String what) throws HttpError {
    String given = fields.get(field);
    if (given == null) {
      return null;
    }
    try {
      if (given.matches("-?[0-9]{1,19}")) {
        return Long.valueOf(given);
      }
    } catch (NumberFormatException e) {
      // It has 19 digits and is beyond 64 bits.
    }
    throw HttpError.badRequest(field + " must be " + what);
  }

  /** Only what looks like a name is told: anything else might be a secret. */
  private static String named(String name) {
    return name.matches("[A-Za-z_]{1,16}") ? ", " + name : "";
  }

  private static String rule(List<String> known) {
    return known.isEmpty() ? "there are none" : "there are " + String.join(", ", known);
  }
}
