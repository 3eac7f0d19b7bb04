package io.promlib.mongo;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.promlib.event.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A JSON value as what counts of it: order, names, strings, and numbers as they are spelled. */
final class JsonTokens {
  private JsonTokens() {}

  static List<String> of(byte[] json) {
    List<String> all = new ArrayList<>();
    try (JsonParser parser = Json.parsers().parser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        all.add(token + " " + parser.getText());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }
}
