package io.promlib.state;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the key of an event comes from that has none of its own. The name is noted with the
 * compactor's group, so that all who work on one snapshot topic take keys from the same place.
 */
public final class KeySource {
  /** The event's own key; one without is part of no state. */
  public static final KeySource OWN = new KeySource("own", event -> null);

  private final String name;
  private final Function<EventRecord, @Nullable String> source;

  private KeySource(String name, Function<EventRecord, @Nullable String> source) {
    this.name = name;
    this.source = source;
  }

  /** A field of the payload: a text, number or truth value. */
  public static KeySource field(String name) {
    return pointer("/" + name.replace("~", "~0").replace("/", "~1"));
  }

  /**
   * A place in the payload (RFC 6901), {@code /host/name}, where a text, number or truth value
   * stands.
   *
   * @throws IllegalArgumentException if it is no pointer
   */
  public static KeySource pointer(String pointer) {
    if (pointer.isEmpty()) {
      throw new IllegalArgumentException("keySource must point into the payload, as in /name");
    }
    JsonPointer place = JsonPointer.compile(pointer);
    return new KeySource(
        "pointer " + pointer,
        event -> {
          JsonNode found = event.payload().tree().at(place);
          return found.isValueNode() && !found.isNull() ? found.asText() : null;
        });
  }

  /**
   * What a function makes of the event, null: no key. It must always make the same of one event.
   *
   * @param name stands for the function: another one takes another name
   */
  public static KeySource of(String name, Function<EventRecord, @Nullable String> function) {
    Names.group(name);
    return new KeySource("function " + name, function);
  }

  String name() {
    return name;
  }

  /** The event's key: its own, else from here; null if there is none or it is none by the rules. */
  @Nullable String keyOf(EventRecord event) {
    String own = event.key();
    String key = own == null ? source.apply(event) : own;
    if (key == null || own != null) {
      return key;
    }
    return key.isEmpty() || key.length() > Names.MAX_KEY ? null : Names.key(key);
  }

  @Override
  public String toString() {
    return name;
  }
}
