package io.promlib.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import io.promlib.event.EventRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An EVENTS frame that is written event by event, so that it can be cut at a number of bytes. For
 * one thread at a time.
 */
public final class EventsFrame {
  private static final byte[] END = {']', '}'};
  private static final int SMALL = 256;
  private static final int LARGE = 64 << 10;

  private final Function<ByteArrayOutputStream, JsonGenerator> generators;
  private final byte[] start;
  private final int mostBytes;

  /** As large as the last one; they are often alike. */
  private int expected = SMALL;

  private Bytes bytes;
  private @Nullable JsonGenerator out;
  private int count;

  EventsFrame(
      Function<ByteArrayOutputStream, JsonGenerator> generators, byte[] empty, int mostBytes) {
    this.generators = generators;
    this.start = new byte[empty.length - END.length];
    System.arraycopy(empty, 0, start, 0, start.length);
    this.mostBytes = mostBytes;
    this.bytes = begun(SMALL);
  }

  /**
   * Adds an event. False, and nothing is added, if there are events in the frame and it would have
   * more bytes than it may: it is to be taken first. The first event is added whatever its size.
   *
   * @throws io.promlib.event.PayloadException if the payload's object cannot be written; nothing is
   *     added
   */
  public boolean add(EventRecord event, ServerFrame.Context ctx) {
    int before = bytes.size();
    if (count > 0 && before + event.payload().bytes().length > mostBytes) {
      return false;
    }
    boolean added = false;
    try {
      write(event, ctx);
      added = count == 0 || bytes.size() + END.length <= mostBytes;
    } finally {
      if (added) {
        count++;
      } else {
        bytes.cutTo(before);
        letGo();
      }
    }
    return added;
  }

  private void write(EventRecord event, ServerFrame.Context ctx) {
    try {
      JsonGenerator to = out;
      if (to == null && count == 0) {
        bytes = begun(expected);
      }
      if (to == null) {
        to = generators.apply(bytes);
        to.setRootValueSeparator(null);
        out = to;
      }
      if (count > 0) {
        bytes.write(',');
      }
      new FrameWriter(to).item(event, ctx);
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
  }

  /** How many events are in it. */
  public int count() {
    return count;
  }

  /** How many bytes the frame has. */
  public int size() {
    return bytes.size() + END.length;
  }

  /** The whole frame; then it is empty again. */
  public byte[] take() {
    bytes.writeBytes(END);
    byte[] whole = bytes.toByteArray();
    expected = Math.min(whole.length, LARGE);
    clear();
    return whole;
  }

  /** Empties it. */
  public void clear() {
    letGo();
    bytes = begun(SMALL);
    count = 0;
  }

  /* An empty one holds next to nothing: there are as many as subscriptions. */
  private Bytes begun(int room) {
    Bytes begun = new Bytes(start.length + room);
    begun.writeBytes(start);
    return begun;
  }

  /** Whatever the generator still holds must not get into the bytes. */
  private void letGo() {
    JsonGenerator old = out;
    out = null;
    if (old != null) {
      int size = bytes.size();
      try {
        old.close();
      } catch (IOException e) {
        throw new UncheckedIOException("writing to memory failed", e);
      } finally {
        bytes.cutTo(size);
      }
    }
  }

  private static final class Bytes extends ByteArrayOutputStream {
    Bytes(int size) {
      super(size);
    }

    synchronized void cutTo(int size) {
      count = size;
    }
  }
}
