package io.promlib.mongo;

import io.promlib.store.Claim;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a group has under way: claims, events that wait, and how far its slots are. In bytes it is
 * small: everything stands in columns of like numbers, of which only the bits that differ are kept
 * (a run of events that differ by their position alone costs nothing), and texts once each.
 */
record Work(List<Claim> claims, List<Unfinished> waiting, @Nullable Slots slots) {
  /** The first byte; another one is another layout. */
  static final int FORMAT = 1;

  /** What all reasons together may take at most. */
  static final int REASON_BYTES = 16 << 10;

  /** Beyond this, reasons are cut further, since nothing else can be. */
  static final int TARGET_BYTES = 61 << 10;

  private static final int CRASHED = 1;
  private static final int ALONE = 2;

  byte[] toBytes() {
    byte[] bytes = toBytes(REASON_BYTES);
    if (bytes.length <= TARGET_BYTES) {
      return bytes;
    }
    int reasons = Reasons.within(reasons(), REASON_BYTES).size();
    return toBytes(Math.max(0, reasons - (bytes.length - TARGET_BYTES)));
  }

  private byte[] toBytes(int reasonBytes) {
    PackedOutput out = new PackedOutput();
    out.octet(FORMAT);
    Dictionary names = new Dictionary();
    long[] owners = claimed(claim -> names.place(claim.owner()));
    long[] tokens = claimed(claim -> names.place(claim.token()));
    names.write(out);
    out.number(claims.size());
    out.column(owners);
    out.column(tokens);
    out.column(claimed(Claim::until));
    out.column(claimed(Claim::slot));
    out.column(claimed(claim -> claim.fresh().ranges()));
    out.column(claimed(claim -> claim.retried().size()));
    writeFresh(out);
    writeEvents(out, Reasons.within(reasons(), reasonBytes));
    writeSlots(out);
    return out.toBytes();
  }

  private void writeFresh(PackedOutput out) {
    int count = 0;
    for (Claim claim : claims) {
      count += claim.fresh().ranges();
    }
    long[] begins = new long[count];
    long[] lengths = new long[count];
    int at = 0;
    for (Claim claim : claims) {
      long[] bounds = claim.fresh().bounds();
      for (int i = 0; i < bounds.length; i += 2) {
        begins[at] = bounds[i];
        lengths[at++] = bounds[i + 1] - bounds[i];
      }
    }
    out.column(begins);
    out.column(lengths);
  }

  private void writeEvents(PackedOutput out, Reasons reasons) {
    List<Unfinished> events = events();
    reasons.write(out);
    out.number(waiting.size());
    out.column(column(events, Unfinished::seq));
    out.column(column(events, Unfinished::failures));
    out.column(column(events, Unfinished::due));
    out.column(column(events, e -> (e.crashed() ? CRASHED : 0) | (e.alone() ? ALONE : 0)));
    out.column(
        column(
            events,
            e -> {
              String fatal = e.fatal();
              return fatal == null ? 0 : reasons.place(fatal) + 1;
            }));
    out.column(column(events, Unfinished::letter));
    out.column(column(events, Unfinished::redrives));
    out.column(column(events, Unfinished::slot));
  }

  private void writeSlots(PackedOutput out) {
    Slots all = slots;
    out.octet(all == null ? 0 : 1);
    if (all != null) {
      long[] nexts = new long[Slots.COUNT];
      for (int i = 0; i < nexts.length; i++) {
        nexts[i] = all.next(i);
      }
      out.column(nexts);
      out.signed(all.lostTo());
    }
  }

  /**
   * What the bytes say.
   *
   * @throws UnknownFormatException if they are laid out in a way that is not known here
   * @throws PackedInput.DamagedException if they are not what was written
   */
  static Work of(byte[] bytes) {
    PackedInput in = new PackedInput(bytes);
    int format = in.octet();
    if (format != FORMAT) {
      throw new UnknownFormatException(format);
    }
    try {
      Work work = read(in);
      in.end();
      return work;
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new PackedInput.DamagedException(String.valueOf(e.getMessage()));
    }
  }

  private static Work read(PackedInput in) {
    List<String> names = Reasons.read(in);
    int count = in.count();
    long[] owners = in.column(count);
    long[] tokens = in.column(count);
    long[] untils = in.column(count);
    long[] slotOf = in.column(count);
    long[] ranges = in.column(count);
    long[] retried = in.column(count);
    int allRanges = sum(ranges);
    long[] begins = in.column(allRanges);
    long[] lengths = in.column(allRanges);
    List<String> reasons = Reasons.read(in);
    int waiting = in.count();
    List<Unfinished> events = readEvents(in, reasons, sum(retried) + waiting);
    List<Claim> claims = new ArrayList<>(count);
    int range = 0;
    int event = 0;
    for (int i = 0; i < count; i++) {
      long[] bounds = new long[2 * (int) ranges[i]];
      for (int j = 0; j < bounds.length; j += 2, range++) {
        bounds[j] = begins[range];
        bounds[j + 1] = begins[range] + lengths[range];
      }
      int end = event + (int) retried[i];
      claims.add(
          new Claim(
              names.get(PackedInput.small(owners[i])),
              names.get(PackedInput.small(tokens[i])),
              untils[i],
              (int) slotOf[i],
              SeqSet.ofBounds(bounds),
              List.copyOf(events.subList(event, end))));
      event = end;
    }
    return new Work(claims, List.copyOf(events.subList(event, events.size())), readSlots(in));
  }

  private static List<Unfinished> readEvents(PackedInput in, List<String> reasons, int count) {
    long[] seqs = in.column(count);
    long[] failures = in.column(count);
    long[] dues = in.column(count);
    long[] flags = in.column(count);
    long[] fatals = in.column(count);
    long[] letters = in.column(count);
    long[] redrives = in.column(count);
    long[] slotOf = in.column(count);
    List<Unfinished> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int fatal = PackedInput.small(fatals[i]);
      events.add(
          new Unfinished(
              seqs[i],
              (int) failures[i],
              dues[i],
              (flags[i] & CRASHED) != 0,
              (flags[i] & ALONE) != 0,
              fatal == 0 ? null : reasons.get(fatal - 1),
              letters[i],
              (int) redrives[i],
              (int) slotOf[i]));
    }
    return events;
  }

  private static @Nullable Slots readSlots(PackedInput in) {
    return in.octet() == 0 ? null : Slots.of(in.column(Slots.COUNT), in.signed());
  }

  private static int sum(long[] counts) {
    long sum = 0;
    for (long count : counts) {
      sum += PackedInput.small(count);
    }
    return PackedInput.small(sum);
  }

  private List<Unfinished> events() {
    List<Unfinished> events = new ArrayList<>();
    claims.forEach(claim -> events.addAll(claim.retried()));
    events.addAll(waiting);
    return events;
  }

  private List<String> reasons() {
    List<String> reasons = new ArrayList<>();
    for (Unfinished event : events()) {
      String fatal = event.fatal();
      if (fatal != null) {
        reasons.add(fatal);
      }
    }
    return reasons;
  }

  private long[] claimed(ToLongFunction<Claim> field) {
    return claims.stream().mapToLong(field).toArray();
  }

  private static long[] column(List<Unfinished> events, ToLongFunction<Unfinished> field) {
    return events.stream().mapToLong(field).toArray();
  }

  /** Texts that come again, each once. */
  private static final class Dictionary {
    private final Map<String, Integer> places = new LinkedHashMap<>();

    int place(String text) {
      return places.computeIfAbsent(text, added -> places.size());
    }

    void write(PackedOutput out) {
      out.number(places.size());
      places.keySet().forEach(out::text);
    }
  }

  /** Bytes of a layout that is not known here. */
  static final class UnknownFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnknownFormatException(int format) {
      super("its work has format " + format + ", and this process knows " + FORMAT);
    }
  }
}
