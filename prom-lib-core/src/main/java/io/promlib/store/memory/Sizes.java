package io.promlib.store.memory;

import io.promlib.event.EventMeta;
import io.promlib.event.Payload;
import io.promlib.store.Draft;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Estimates what an event costs the heap. The constants are what a 64-bit JVM takes, rounded up.
 */
final class Sizes {
  /**
   * The record, its payload's object, the head of the payload's array and its places in the topic.
   */
  static final long RECORD = 128;

  /** A string beside its characters, which count two bytes each. */
  static final long STRING = 40;

  /** Headers, tags and the rest, if there are any. */
  static final long META = 64;

  /** An entry of a map or list. */
  static final long ENTRY = 48;

  private final ToLongFunction<Object> sizer;

  Sizes(ToLongFunction<Object> sizer) {
    this.sizer = sizer;
  }

  long of(Draft draft) {
    long size = RECORD + STRING + 2L * draft.eventId().length() + of(draft.payload());
    if (draft.idGiven()) {
      size += 2 * ENTRY;
    }
    return isNone(draft.meta()) ? size : size + of(draft.meta());
  }

  /** What is kept of an event that was removed while its id is remembered. */
  static long remembered(String id) {
    return RECORD + 2 * ENTRY + of(id);
  }

  private long of(Payload payload) {
    int encoded = payload.encodedLength();
    if (encoded >= 0) {
      return encoded;
    }
    Object object = payload.object();
    return object == null ? 0 : Math.max(0, sizer.applyAsLong(object));
  }

  private static long of(EventMeta meta) {
    long size = META;
    String key = meta.key();
    if (key != null) {
      size += 2 * ENTRY + of(key);
    }
    String sid = meta.sid();
    if (sid != null) {
      size += of(sid);
    }
    for (Map.Entry<String, String> header : meta.headers().entrySet()) {
      size += ENTRY + of(header.getKey()) + of(header.getValue());
    }
    for (String tag : meta.tags()) {
      size += ENTRY + of(tag);
    }
    for (String id : meta.causedBy()) {
      size += ENTRY + of(id);
    }
    return size;
  }

  @SuppressWarnings("ReferenceEquality") // the shared one is what nearly all events have
  private static boolean isNone(EventMeta meta) {
    return meta == EventMeta.NONE;
  }

  private static long of(String text) {
    return STRING + 2L * text.length();
  }
}
