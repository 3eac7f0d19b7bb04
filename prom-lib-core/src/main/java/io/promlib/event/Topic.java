package io.promlib.event;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Type;

/**
 * A topic's name and the type of its payload, so that both ends agree once, at compile time. The
 * name is checked by {@link Names#topic}.
 */
public record Topic<T>(String name, Type type) {
  public Topic {
    Names.topic(name);
  }

  /** A topic whose payload is of a plain class. */
  public static <T> Topic<T> of(String name, Class<T> type) {
    return new Topic<>(name, type);
  }

  /**
   * A topic whose payload has a generic type: {@code Topic.of("names", new
   * TypeReference<List<String>>() {})}.
   */
  public static <T> Topic<T> of(String name, TypeReference<T> type) {
    return new Topic<>(name, type.getType());
  }

  /** A topic read and written as JSON trees. */
  public static Topic<JsonNode> raw(String name) {
    return new Topic<>(name, JsonNode.class);
  }
}
