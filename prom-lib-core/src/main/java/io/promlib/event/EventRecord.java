package io.promlib.event;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event as a topic holds it. Immutable.
 *
 * @param id unique in its topic
 * @param seq position in its topic, 1, 2, 3, … in the order of appending: the only order there is
 * @param ts epoch milliseconds as the publisher gave them; data, never order
 * @param at epoch milliseconds of the append, set by the bus, never decreasing along {@code seq};
 *     rules retention and lag
 */
public record EventRecord(
    String id, long seq, long ts, long at, String topic, Payload payload, EventMeta meta) {

  public @Nullable String key() {
    return meta.key();
  }

  public Map<String, String> headers() {
    return meta.headers();
  }

  public List<String> tags() {
    return meta.tags();
  }

  public List<String> causedBy() {
    return meta.causedBy();
  }

  public @Nullable String sid() {
    return meta.sid();
  }
}
