package io.promlib.event;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an event carries beside its payload.
 *
 * @param key groups events for order and "latest by key"; 1 to 256 characters
 * @param headers passed through untouched, {@code traceparent} among them
 * @param tags words that filters select by
 * @param causedBy ids of the events that led to this one
 * @param sid the session or source it came from
 */
public record EventMeta(
    @Nullable String key,
    Map<String, String> headers,
    List<String> tags,
    List<String> causedBy,
    @Nullable String sid) {

  public static final EventMeta NONE = new EventMeta(null, Map.of(), List.of(), List.of(), null);

  public EventMeta {
    if (key != null) {
      Names.key(key);
    }
    headers = Map.copyOf(headers);
    if (!headers.isEmpty()) {
      headers.keySet().forEach(Names::header);
    }
    tags = List.copyOf(tags);
    causedBy = List.copyOf(causedBy);
    causedBy.forEach(Names::id);
  }
}
