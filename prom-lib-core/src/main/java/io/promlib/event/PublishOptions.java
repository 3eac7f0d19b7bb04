package io.promlib.event;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher may give beside the payload: {@code
 * PublishOptions.none().key("k").id("order-7")}. Immutable; each method returns a changed copy.
 *
 * @param id makes the publish idempotent: an id that the topic holds appends nothing; the bus makes
 *     a UUIDv7 if absent
 * @param ts epoch milliseconds, data only: order is {@code seq}; the time of publishing if absent
 */
public record PublishOptions(@Nullable String id, @Nullable Long ts, EventMeta meta) {
  private static final PublishOptions NONE = new PublishOptions(null, null, EventMeta.NONE);

  public PublishOptions {
    if (id != null) {
      Names.id(id);
    }
  }

  public static PublishOptions none() {
    return NONE;
  }

  public PublishOptions id(@Nullable String id) {
    return new PublishOptions(id, ts, meta);
  }

  public PublishOptions ts(@Nullable Long ts) {
    return new PublishOptions(id, ts, meta);
  }

  public PublishOptions key(@Nullable String key) {
    return with(new EventMeta(key, meta.headers(), meta.tags(), meta.causedBy(), meta.sid()));
  }

  public PublishOptions headers(Map<String, String> headers) {
    return with(new EventMeta(meta.key(), headers, meta.tags(), meta.causedBy(), meta.sid()));
  }

  public PublishOptions tags(List<String> tags) {
    return with(new EventMeta(meta.key(), meta.headers(), tags, meta.causedBy(), meta.sid()));
  }

  public PublishOptions causedBy(List<String> ids) {
    return with(new EventMeta(meta.key(), meta.headers(), meta.tags(), ids, meta.sid()));
  }

  public PublishOptions sid(@Nullable String sid) {
    return with(new EventMeta(meta.key(), meta.headers(), meta.tags(), meta.causedBy(), sid));
  }

  private PublishOptions with(EventMeta changed) {
    return new PublishOptions(id, ts, changed);
  }
}
