package io.promlib.examples.bench.child;

import java.util.HashMap;
import java.util.Map;

/** What a process of the benchmark answered. */
public record Figures(Map<String, String> values) {
  public Figures {
    values = Map.copyOf(values);
  }

  public static Figures ofLine(String line) {
    Map<String, String> values = new HashMap<>();
    for (String part : line.split(" ", -1)) {
      int at = part.indexOf('=');
      if (at < 1) {
        throw new IllegalArgumentException("no figure: " + part);
      }
      values.put(part.substring(0, at), part.substring(at + 1));
    }
    return new Figures(values);
  }

  public String text(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException("there is no figure " + name + " in " + values);
    }
    return value;
  }

  public double number(String name) {
    return Double.parseDouble(text(name));
  }
}
