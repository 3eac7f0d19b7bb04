package io.promlib.mongo.cluster;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** What a child is told on its command line, {@code name=value} each. */
final class Settings {
  private final Map<String, String> values = new HashMap<>();

  Settings(String[] line) {
    for (String word : line) {
      int middle = word.indexOf('=');
      values.put(word.substring(0, middle), word.substring(middle + 1));
    }
  }

  String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name + " is missing");
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(text(name));
  }

  Duration millis(String name) {
    return Duration.ofMillis(number(name));
  }
}
