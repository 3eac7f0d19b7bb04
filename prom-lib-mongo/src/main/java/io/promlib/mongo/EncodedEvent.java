package io.promlib.mongo;

import io.promlib.store.Draft;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bson.RawBsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * An event's document whose place in the topic is filled in when it is tried: only four numbers of
 * it change from one try to the next. For one thread.
 */
final class EncodedEvent {
  private final Draft draft;
  private final byte[] bytes;
  private final int[] offsets;
  private @Nullable Tail tried;

  /**
   * @param offsets where seq, at, ts_max and bytes stand
   */
  EncodedEvent(Draft draft, byte[] bytes, int[] offsets) {
    this.draft = draft;
    this.bytes = bytes;
    this.offsets = offsets;
  }

  Draft draft() {
    return draft;
  }

  int size() {
    return bytes.length;
  }

  /** The place behind {@code tail}, at {@code now}, which is written into the document. */
  Tail placeBehind(Tail tail, long now) {
    Tail place =
        new Tail(
            tail.seq() + 1,
            Math.max(now, tail.at()),
            Math.max(draft.ts(), tail.tsMax()),
            tail.bytes() + bytes.length,
            false);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(offsets[0], place.seq())
        .putLong(offsets[1], place.at())
        .putLong(offsets[2], place.tsMax())
        .putLong(offsets[3], place.bytes());
    tried = place;
    return place;
  }

  /** The place that was last tried, if one was. */
  @Nullable Tail tried() {
    return tried;
  }

  RawBsonDocument document() {
    return new RawBsonDocument(bytes);
  }
}
