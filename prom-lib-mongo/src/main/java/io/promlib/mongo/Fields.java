package io.promlib.mongo;

import java.util.ArrayList;
import java.util.List;
import org.bson.Document;
import org.bson.types.Binary;

/** Reads fields that have to be there; what is missing, or of another type, is named. */
final class Fields {
  private Fields() {}

  static long number(Document document, String name) {
    return get(document, name, Number.class).longValue();
  }

  static double real(Document document, String name) {
    return get(document, name, Number.class).doubleValue();
  }

  static String text(Document document, String name) {
    return get(document, name, String.class);
  }

  static byte[] bytes(Document document, String name) {
    return get(document, name, Binary.class).getData();
  }

  static Document document(Document document, String name) {
    return get(document, name, Document.class);
  }

  /** A list of which every member has the type. */
  static <T> List<T> list(Document document, String name, Class<T> type) {
    List<T> members = new ArrayList<>();
    for (Object member : get(document, name, List.class)) {
      members.add(type.cast(member));
    }
    return members;
  }

  private static <T> T get(Document document, String name, Class<T> type) {
    Object value = document.get(name);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          name
              + " must be a "
              + type.getSimpleName()
              + ", is "
              + (value == null ? "missing" : "a " + value.getClass().getSimpleName()));
    }
    return type.cast(value);
  }
}
