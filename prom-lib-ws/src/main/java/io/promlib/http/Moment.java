package io.promlib.http;

import io.promlib.bus.EventBus;
import io.promlib.event.EventRecord;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is, or was, the latest of each key of a topic at one time. */
interface Moment {
  Optional<EventRecord> latest(String key);

  List<EventRecord> page(@Nullable String after, int limit);

  /** The time that a request asks for: now, or {@code at}. */
  static Moment of(EventBus bus, String topic, Query query) throws HttpError {
    Long at = query.number("at", "epoch milliseconds");
    if (at != null) {
      throw HttpError.badRequest("at is not known");
    }
    return new Moment() {
      @Override
      public Optional<EventRecord> latest(String key) {
        return bus.admin().latest(topic, key);
      }

      @Override
      public List<EventRecord> page(@Nullable String after, int limit) {
        return bus.admin().latestPage(topic, after, limit);
      }
    };
  }
}
