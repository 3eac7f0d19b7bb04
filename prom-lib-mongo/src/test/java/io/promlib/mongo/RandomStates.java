package io.promlib.mongo;

import io.promlib.store.Backoff;
import io.promlib.store.Claim;
import io.promlib.store.Filter;
import io.promlib.store.GroupSettings;
import io.promlib.store.GroupState;
import io.promlib.store.Ordering;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** States of groups by a seed, of any shape that the engine can come to and of some worse. */
final class RandomStates {
  /** What the engine lets a group have unfinished. */
  static final int MOST_UNFINISHED = 4000;

  private static final long NOW = 1_790_000_000_000L;

  private final Random random;
  private final Shape shape;

  /**
   * How far apart things are.
   *
   * @param seqs within how many positions the unfinished lie
   * @param dues within how many milliseconds they are due
   * @param reasonLength the longest reason of a dead letter
   */
  record Shape(int unfinished, long seqs, long dues, int reasonLength) {}

  /** Every field as wide as it comes in practice, all at once. */
  static final Shape WORST =
      new Shape(MOST_UNFINISHED, 1L << 36, Duration.ofHours(12).toMillis(), 2000);

  RandomStates(long seed, Shape shape) {
    this.random = new Random(seed);
    this.shape = shape;
  }

  static Shape anyShape(long seed) {
    Random random = new Random(~seed);
    return new Shape(
        random.nextInt(random.nextBoolean() ? 20 : MOST_UNFINISHED + 1),
        1L << (4 + random.nextInt(40)),
        1L << random.nextInt(27),
        random.nextInt(random.nextBoolean() ? 5 : 2001));
  }

  GroupState next() {
    boolean slots = random.nextBoolean();
    long begin = random.nextLong(1, 1L << 40);
    int owners = 1 + random.nextInt(8);
    List<Claim> claims = new ArrayList<>();
    int left = shape.unfinished();
    for (int owner = 0; owner < owners; owner++) {
      int count = slots ? Slots.COUNT / owners + 1 : 1;
      for (int i = 0; i < count; i++) {
        int slot = slots ? i - 1 : Slots.NONE;
        int fresh = random.nextInt(left / (owners * count) + 1);
        int retried = random.nextInt(left / (owners * count) + 1);
        left -= fresh + retried;
        claims.add(
            new Claim(
                "bus-0190f7a2-7c4e-7000-8000-" + (100_000_000_000L + owner),
                Long.toString(random.nextLong() >>> 1, 36),
                NOW + random.nextInt(30_000),
                slot,
                fresh(begin, fresh),
                events(begin, retried, slot)));
      }
    }
    List<Unfinished> waiting = events(begin, left, slots ? random.nextInt(Slots.COUNT) : -1);
    Slots positions = slots ? Slots.at(begin) : null;
    for (int i = 0; positions != null && i < Slots.COUNT; i++) {
      positions = positions.moved(i, begin + random.nextLong(1 << 20)).lostTo(begin);
    }
    return new GroupState(
        settings(slots),
        begin + shape.seqs(),
        claims,
        waiting,
        random.nextInt(5),
        random.nextInt(1000),
        NOW,
        positions);
  }

  private GroupSettings settings(boolean slots) {
    return new GroupSettings(
        slots ? Ordering.KEY : Ordering.NONE,
        random.nextBoolean()
            ? Filter.ALL
            : new Filter.Match("k", List.of("some tag"), Map.of("a header", "a value")),
        1000,
        new Backoff(Duration.ofNanos(1_500_000), 1.5, Duration.ofHours(12), 0.25),
        random.nextBoolean() ? null : Duration.ofDays(7));
  }

  private SeqSet fresh(long begin, int count) {
    long[] seqs = new long[count];
    for (int i = 0; i < count; i++) {
      seqs[i] = begin + random.nextLong(shape.seqs());
    }
    return SeqSet.of(seqs);
  }

  /* Half of them in runs that differ by their position alone, as take-overs leave them. */
  private List<Unfinished> events(long begin, int count, int slot) {
    List<Unfinished> events = new ArrayList<>();
    while (events.size() < count) {
      Unfinished one = event(begin, slot);
      events.add(one);
      int run = random.nextInt(4) == 0 ? random.nextInt(count - events.size() + 1) : 0;
      for (int i = 1; !shape.equals(WORST) && i <= run; i++) {
        events.add(
            new Unfinished(
                one.seq() + i,
                one.failures(),
                one.due(),
                one.crashed(),
                one.alone(),
                one.fatal(),
                one.letter(),
                one.redrives(),
                one.slot()));
      }
    }
    return List.copyOf(events);
  }

  private Unfinished event(long begin, int slot) {
    boolean redriven = shape.equals(WORST) || random.nextInt(4) == 0;
    return new Unfinished(
        begin + random.nextLong(shape.seqs()),
        random.nextInt(1001),
        NOW + random.nextLong(shape.dues()),
        random.nextBoolean(),
        random.nextBoolean(),
        shape.equals(WORST) || random.nextInt(3) == 0 ? reason() : null,
        redriven ? random.nextLong(1, 1 << 20) : 0,
        redriven ? random.nextInt(8) : 0,
        slot == Slots.NONE ? slot : random.nextInt(Slots.COUNT));
  }

  private String reason() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(shape.reasonLength() + 1); i > 0; i--) {
      text.append(
          (char) (random.nextInt(8) == 0 ? random.nextInt(1 << 16) : 32 + random.nextInt(90)));
    }
    return text.toString();
  }
}
