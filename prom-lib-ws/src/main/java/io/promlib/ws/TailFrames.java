package io.promlib.ws;

import io.promlib.event.EventRecord;
import io.promlib.wire.Codec;
import io.promlib.wire.ServerFrame;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The EVENT frames that tails were sent last: they are the same for all of them, so one event to
 * many connections is written once. Holds at most 1 MiB. Safe for use by many threads.
 */
final class TailFrames {
  /* A slot is replaced as a whole, so whoever reads it sees one event's frame; what it misses it writes for itself. */
  private static final int SLOTS = 64;
  private static final int LARGEST = 16 << 10;

  private static final class Written {
    private final EventRecord event;
    private final boolean snapshot;
    private final byte[] frame;

    Written(EventRecord event, boolean snapshot, byte[] frame) {
      this.event = event;
      this.snapshot = snapshot;
      this.frame = frame;
    }

    boolean isOf(EventRecord other, boolean inSnapshot) {
      return event.seq() == other.seq()
          && snapshot == inSnapshot
          && event.id().equals(other.id())
          && event.topic().equals(other.topic());
    }
  }

  private final Codec codec;
  private final AtomicReferenceArray<@Nullable Written> slots = new AtomicReferenceArray<>(SLOTS);

  TailFrames(Codec codec) {
    this.codec = codec;
  }

  /**
   * The frame, which is not to be changed.
   *
   * @throws io.promlib.event.PayloadException if the payload's object cannot be written
   */
  byte[] frame(EventRecord event, boolean snapshot) {
    int slot = (event.topic().hashCode() * 31 + Long.hashCode(event.seq())) & (SLOTS - 1);
    Written written = slots.get(slot);
    if (written != null && written.isOf(event, snapshot)) {
      return written.frame;
    }
    ServerFrame.Context context = ServerFrame.Context.tail(snapshot);
    byte[] frame = codec.write(new ServerFrame.Event(event.topic(), null, event, context));
    if (frame.length <= LARGEST) {
      slots.set(slot, new Written(event, snapshot, frame));
    }
    return frame;
  }
}
