package io.promlib.store;

import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which events a group wants. The others count as done for it. A group's filter is fixed when it is
 * made.
 */
public sealed interface Filter {

  Filter ALL = new All();

  /** Every event. */
  record All() implements Filter {}

  /**
   * Events that have this key, all of these tags and all of these headers, as far as each is given.
   */
  record Match(@Nullable String key, List<String> tags, Map<String, String> headers)
      implements Filter {
    public Match {
      if (key != null) {
        Names.key(key);
      }
      tags = List.copyOf(tags);
      headers = Map.copyOf(headers);
      if (!headers.isEmpty()) {
        headers.keySet().forEach(Names::header);
      }
    }

    public boolean matches(EventRecord event) {
      return (key == null || key.equals(event.key()))
          && (tags.isEmpty() || event.tags().containsAll(tags))
          && (headers.isEmpty() || event.headers().entrySet().containsAll(headers.entrySet()));
    }
  }

  /** Events that a predicate of this name accepts; each subscriber brings the predicate itself. */
  record Named(String name) implements Filter {
    public Named {
      Names.group(name);
    }
  }
}
