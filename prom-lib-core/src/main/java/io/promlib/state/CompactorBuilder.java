package io.promlib.state;

import io.promlib.event.Ids;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Puts a {@link Compactor} together; what is not given is the default. Stores, bus and a timing
 * that is given stay the host's to close.
 */
public final class CompactorBuilder {
  private static final int MOST_AT_ONCE = 100_000;
  private static final Duration CENTURY = Duration.ofDays(36_500);

  private final EventStore events;
  private final GroupStore groups;
  private StateSource source;
  private @Nullable Timing timing;
  private CompactorListener listener = CompactorListener.NONE;
  private Duration interval = Duration.ofSeconds(30);
  private Duration lease = Duration.ofSeconds(30);
  private int batchSize = 5000;
  private Duration tombstonesFor = Duration.ofDays(1);
  private boolean compactLog;
  private boolean waitForGroups = true;
  private Duration dedupeWindow = Duration.ofDays(1);

  CompactorBuilder(EventStore events, GroupStore groups, String topic) {
    this.events = events;
    this.groups = groups;
    this.source = StateSource.of(topic);
  }

  /**
   * Where the snapshots go, a topic of their own whose name ends in {@code .snapshot}, which makes
   * it one that nobody else publishes to; default: the topic's name and {@code .snapshot}.
   */
  public CompactorBuilder snapshotTopic(String name) {
    source = source.snapshotTopic(name);
    return this;
  }

  /** Where the key of an event comes from that has none; default: such events are left out. */
  public CompactorBuilder keySource(KeySource keys) {
    source = source.keySource(keys);
    return this;
  }

  /** Restricts the snapshots to these keys; default, or null: all. */
  public CompactorBuilder keys(@Nullable Set<String> only) {
    source = source.keys(only);
    return this;
  }

  /** How long after a run of any process the next one begins; default 30 s. */
  public CompactorBuilder interval(Duration every) {
    interval = positive("interval", every);
    return this;
  }

  /**
   * After what time without a sign a run counts as dead, so that another process may begin one;
   * default 30 s. One that is slower than this loses to others and is right all the same.
   */
  public CompactorBuilder lease(Duration time) {
    lease = positive("lease", time);
    return this;
  }

  /** How many events a run reads at most; default 5000. */
  public CompactorBuilder batchSize(int most) {
    if (most < 1 || most > MOST_AT_ONCE) {
      throw new IllegalArgumentException(
          "batchSize must be from 1 to " + MOST_AT_ONCE + ", is " + most);
    }
    batchSize = most;
    return this;
  }

  /** How long a deleted key is told of in the snapshot topic; default 24 h. */
  public CompactorBuilder tombstonesFor(Duration time) {
    tombstonesFor = positive("tombstonesFor", time);
    return this;
  }

  /**
   * Also removes from the topic itself what a later event of its key superseded, once it is in the
   * snapshots, every group has passed it, and the {@link #dedupeWindow} is over; default: no. A
   * state as of an earlier position is then refused.
   */
  public CompactorBuilder compactLog(boolean also) {
    compactLog = also;
    return this;
  }

  /**
   * Whether {@link #compactLog} leaves alone what a group has yet to pass; default: yes. If not,
   * such a group does not get what was superseded.
   */
  public CompactorBuilder waitForGroups(boolean wait) {
    waitForGroups = wait;
    return this;
  }

  /**
   * How long {@link #compactLog} leaves events alone, so that their ids stay known; default 24 h.
   */
  public CompactorBuilder dedupeWindow(Duration time) {
    if (time.isNegative() || time.compareTo(CENTURY) > 0) {
      throw new IllegalArgumentException(
          "dedupeWindow must be from nothing to " + CENTURY + ", is " + time);
    }
    dedupeWindow = time;
    return this;
  }

  public CompactorBuilder listener(CompactorListener hears) {
    listener = hears;
    return this;
  }

  /** Default: the bus's, or the machine's clocks. */
  public CompactorBuilder timing(Timing clock) {
    timing = clock;
    return this;
  }

  public Compactor build() {
    Timing given = timing;
    Timing clock = given == null ? Timing.system() : given;
    CompactorSettings settings =
        new CompactorSettings(
            events,
            groups,
            clock,
            source,
            new SafeCompactorListener(source.topic(), listener),
            "compactor-" + Ids.next(clock.millis()),
            interval,
            lease,
            batchSize,
            tombstonesFor,
            compactLog,
            waitForGroups,
            dedupeWindow);
    return new Compactor(settings, given == null ? clock : null);
  }

  private static Duration positive(String what, Duration value) {
    if (value.isNegative() || value.isZero() || value.compareTo(CENTURY) > 0) {
      throw new IllegalArgumentException(
          what + " must be positive and at most " + CENTURY + ", is " + value);
    }
    return value;
  }
}
