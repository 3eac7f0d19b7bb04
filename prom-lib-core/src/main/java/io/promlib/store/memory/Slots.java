package io.promlib.store.memory;

import io.promlib.event.EventRecord;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Where the events of a topic stand: a circular array for the newest positions, and a sorted one
 * for what is left of those before it, so that a topic with many holes costs what it holds and not
 * what it spans. One writer at a time; any number of readers beside it.
 */
final class Slots {
  private static final int SMALLEST = 16;

  private final long[] oldSeqs;
  private final AtomicReferenceArray<@Nullable EventRecord> old;
  private final long[] oldSizes;

  private final long ringFrom;
  private final int mask;
  private final AtomicReferenceArray<@Nullable EventRecord> ring;
  private final long[] sizes;

  private Slots(long[] oldSeqs, long ringFrom, int capacity) {
    this.oldSeqs = oldSeqs;
    this.old = new AtomicReferenceArray<>(oldSeqs.length);
    this.oldSizes = new long[oldSeqs.length];
    this.ringFrom = ringFrom;
    this.mask = capacity - 1;
    this.ring = new AtomicReferenceArray<>(capacity);
    this.sizes = new long[capacity];
  }

  static Slots empty() {
    return new Slots(new long[0], 1, SMALLEST);
  }

  /** Whether a position can be written while everything from {@code first} on stays. */
  boolean hasRoom(long seq, long first) {
    return seq - Math.max(first, ringFrom) <= mask;
  }

  /** Whether it takes far more than so many events need. */
  boolean isWasteful(long count) {
    return mask >= 4 * SMALLEST && count < mask / 8;
  }

  /**
   * Writes an event to its place.
   *
   * @param indexed whether some index of the topic holds it; noted here as the sign of the size, so
   *     that the event need not be asked when it goes
   */
  void put(EventRecord event, long size, boolean indexed) {
    int at = (int) event.seq() & mask;
    sizes[at] = indexed ? -size : size;
    ring.setRelease(at, event);
  }

  @Nullable EventRecord get(long seq) {
    if (seq >= ringFrom) {
      EventRecord event = ring.getAcquire((int) seq & mask);
      return event != null && event.seq() == seq ? event : null;
    }
    int at = Arrays.binarySearch(oldSeqs, seq);
    return at < 0 ? null : old.getAcquire(at);
  }

  /** Empties the place of an event that is there; returns its size. Writer only. */
  long clear(long seq) {
    if (seq >= ringFrom) {
      int at = (int) seq & mask;
      ring.setRelease(at, null);
      return Math.abs(sizes[at]);
    }
    int at = Arrays.binarySearch(oldSeqs, seq);
    old.setRelease(at, null);
    return Math.abs(oldSizes[at]);
  }

  /** Whether some index of the topic holds the event that is there. Writer only. */
  boolean isIndexed(long seq) {
    return sizeOf(seq) < 0;
  }

  /**
   * The position of the lowest event from {@code from} to {@code to}, both of them positions that
   * are held; 0 if there is none. Writer only: it knows whose a place is and need not ask the
   * event.
   */
  long nextSeq(long from, long to) {
    long seq = from;
    if (seq < ringFrom) {
      for (int i = indexFrom(seq); i < oldSeqs.length && oldSeqs[i] <= to; i++) {
        if (old.getPlain(i) != null) {
          return oldSeqs[i];
        }
      }
      seq = ringFrom;
    }
    for (; seq <= to; seq++) {
      if (ring.getPlain((int) seq & mask) != null) {
        return seq;
      }
    }
    return 0;
  }

  /**
   * Copies the lowest events from {@code from} to {@code to}, as many as there are or fit; returns
   * how many.
   */
  int fill(long from, long to, EventRecord[] into) {
    int count = 0;
    long seq = from;
    if (seq < ringFrom) {
      for (int i = indexFrom(seq); i < oldSeqs.length && oldSeqs[i] <= to; i++) {
        if (count == into.length) {
          return count;
        }
        EventRecord event = old.getAcquire(i);
        if (event != null) {
          into[count++] = event;
        }
      }
      seq = ringFrom;
    }
    for (; seq <= to && count < into.length; seq++) {
      EventRecord event = ring.getAcquire((int) seq & mask);
      if (event != null && event.seq() == seq) {
        into[count++] = event;
      }
    }
    return count;
  }

  /**
   * A copy with room to grow by as much as it holds. Costs what this one holds and spans, and is
   * due again only after as many appends or removals, so that an append costs the same on average
   * whatever the topic holds.
   *
   * @param count how many events there are from {@code first} to {@code tail}
   */
  Slots remade(long first, long tail, long count) {
    EventRecord[] held = new EventRecord[Math.toIntExact(count)];
    int size = fill(first, tail, held);
    int capacity = SMALLEST;
    while (capacity < 2 * count) {
      capacity = Math.multiplyExact(capacity, 2);
    }
    boolean dense = size == 0 || tail + 1 - held[0].seq() <= capacity / 2;
    long[] oldOnes = new long[dense ? 0 : size];
    Arrays.setAll(oldOnes, i -> held[i].seq());
    Slots copy = new Slots(oldOnes, dense && size > 0 ? held[0].seq() : tail + 1, capacity);
    for (int i = 0; i < size; i++) {
      long bytes = sizeOf(held[i].seq());
      if (dense) {
        copy.put(held[i], Math.abs(bytes), bytes < 0);
      } else {
        copy.old.setRelease(i, held[i]);
        copy.oldSizes[i] = bytes;
      }
    }
    return copy;
  }

  private int indexFrom(long seq) {
    int at = Arrays.binarySearch(oldSeqs, seq);
    return at < 0 ? -at - 1 : at;
  }

  /** The size noted beside an event that is there. Writer only. */
  long size(long seq) {
    return Math.abs(sizeOf(seq));
  }

  private long sizeOf(long seq) {
    return seq >= ringFrom ? sizes[(int) seq & mask] : oldSizes[Arrays.binarySearch(oldSeqs, seq)];
  }
}
