package io.promlib.state;

import io.promlib.bus.EventBus;
import io.promlib.bus.GroupMismatchException;
import io.promlib.bus.UnknownPositionException;
import io.promlib.bus.internal.Wiring;
import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import io.promlib.store.Bounds;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.LatestPage;
import io.promlib.store.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a {@link Compactor} keeps. A reader that asks for {@link #asOf()} first, then for all
 * pages as of that, then follows the topic from behind its floor, passing of each key what is at or
 * below its snapshot's {@code seq}, misses nothing and sees nothing twice; {@link #fold} does that.
 * Safe for use by many threads; every method makes store calls.
 */
public final class Snapshots {
  /*
   * A snapshot may come back for a key that is gone: where the compactor's group is sought back or deleted it folds again,
   * and a key whose tombstone is gone has a snapshot of the event before its deletion until the fold is as far again. Who
   * read the floor P before would follow behind the deletion and keep the key for good. To look at P once more does not
   * show it, P may be as far again. But such a snapshot shows itself by where it stands. Let E be where the snapshot topic
   * ended both before and after P was read: when P was read, nothing stood behind E. A run that goes on from a P that only
   * rises publishes events behind P only. One that was moved back publishes for each key only what is newer than the
   * snapshot that the key has; as of P that was of the key's last event up to P, or of a later one. So what stands behind
   * E and is of an event up to P is always of a key that had no snapshot as of P, for it was gone: it is left out, and what
   * became of the key behind P is in the topic.
   */
  private static final int PAGE = 1000;

  /** A compactor that is at work publishes between two looks now and then, not between all. */
  private static final int ROUNDS = 100;

  private final EventStore events;
  private final GroupStore groups;
  private final StateSource source;

  private Snapshots(EventStore events, GroupStore groups, StateSource source) {
    this.events = events;
    this.groups = groups;
    this.source = source;
  }

  /** Those of a topic of this bus. */
  public static Snapshots of(EventBus bus, String topic) {
    return of(bus, StateSource.of(topic));
  }

  /** Those of a state in this bus. */
  public static Snapshots of(EventBus bus, StateSource source) {
    Wiring wiring = Wiring.of(bus);
    return of(wiring.events(), wiring.groups(), source);
  }

  /** Those of a state in these stores. */
  public static Snapshots of(EventStore events, GroupStore groups, StateSource source) {
    return new Snapshots(events, groups, source);
  }

  StateSource source() {
    return source;
  }

  EventStore events() {
    return events;
  }

  /**
   * The position up to which everything is in the snapshots; empty if no compactor ever ran.
   *
   * @throws GroupMismatchException if they were made with another keySource or other keys
   */
  public OptionalLong floor() {
    Optional<Versioned> stored = groups.load(source.group());
    if (stored.isEmpty()) {
      return OptionalLong.empty();
    }
    source.check(stored.get().state().settings());
    return OptionalLong.of(stored.get().state().floor());
  }

  /**
   * Where the compactor stands, to be asked for before pages are read; empty if none ever ran.
   *
   * @throws GroupMismatchException as {@link #floor()} does
   * @throws StoreUnavailableException if snapshots are published all the time, a hundred looks
   *     long; trying again is right
   */
  public Optional<AsOf> asOf() {
    long end = end();
    for (int round = 0; round < ROUNDS; round++) {
      OptionalLong floor = floor();
      if (floor.isEmpty()) {
        return Optional.empty();
      }
      long before = end;
      end = end();
      if (before == end) {
        return Optional.of(new AsOf(floor.getAsLong(), end));
      }
    }
    throw new StoreUnavailableException(
        "snapshots of " + source.topic() + " were published all the while; try again", null);
  }

  private long end() {
    return events.bounds(source.snapshotTopic()).tail();
  }

  /**
   * Where a compactor stood.
   *
   * @param floor the position up to which everything was in the snapshots
   * @param end where the snapshot topic ended then
   */
  public record AsOf(long floor, long end) {
    /* Behind the end only events behind the floor are snapshotted; else the compactor was moved back. */
    Optional<Snapshot> find(EventRecord stored) {
      return Snapshot.find(stored)
          .filter(snapshot -> stored.seq() <= end || snapshot.seq() > floor);
    }
  }

  /** The snapshot of a key, be it a tombstone. */
  public Optional<Snapshot> get(String key) {
    return events.latest(source.snapshotTopic(), Names.key(key)).flatMap(Snapshot::find);
  }

  Optional<Snapshot> get(String key, AsOf asOf) {
    return events.latest(source.snapshotTopic(), Names.key(key)).flatMap(asOf::find);
  }

  /** The snapshots of at most {@code limit} keys, tombstones among them, from behind a key on. */
  public SnapshotPage page(@Nullable String after, int limit) {
    return page(after, limit, Snapshot::find);
  }

  /**
   * {@link #page(String, int)} without those that came back since for keys that were deleted then,
   * as they do where the compactor's group is sought back or deleted.
   */
  public SnapshotPage page(@Nullable String after, int limit, AsOf asOf) {
    return page(after, limit, asOf::find);
  }

  private SnapshotPage page(
      @Nullable String after, int limit, Function<EventRecord, Optional<Snapshot>> found) {
    requireLimit(limit);
    LatestPage page = events.latestPage(source.snapshotTopic(), after, limit);
    return new SnapshotPage(
        page.events().stream().flatMap(event -> found.apply(event).stream()).toList(), page.next());
  }

  /**
   * The newest event of a key, which may be a tombstone: the topic's own, or, where retention took
   * it there, as its snapshot has it. Where retention overtook the compactor, a snapshot may be of
   * a key that was deleted since: then there is what the topic holds, and nothing else.
   */
  public Optional<EventRecord> latest(String key) {
    Optional<EventRecord> event = events.latest(source.topic(), Names.key(key));
    return event.isPresent()
        ? event
        : standIns()
            .flatMap(asOf -> get(key, asOf))
            .map(snapshot -> snapshot.event(source.topic()));
  }

  /**
   * {@link #latest(String)} of at most {@code limit} keys from behind a key on, fewer if they are
   * large.
   */
  public LatestPage latestPage(@Nullable String after, int limit) {
    requireLimit(limit);
    LatestPage page = events.latestPage(source.topic(), after, limit);
    return standIns()
        .map(asOf -> Overlay.of(source.topic(), page, page(after, limit, asOf), limit))
        .orElse(page);
  }

  /* Read after the events: then nothing that they lack can be in the snapshots. */
  boolean isWhole() {
    return events.bounds(source.topic()).first() == 1;
  }

  /* Only if they hold all that was removed, and go by the same keys. */
  private Optional<AsOf> standIns() {
    long first = events.bounds(source.topic()).first();
    if (first == 1) {
      return Optional.empty();
    }
    try {
      return asOf().filter(known -> known.floor() >= first - 1);
    } catch (GroupMismatchException e) {
      return Optional.empty();
    }
  }

  /**
   * The state as it was at a time: of all events with {@code at} at or before it.
   *
   * @throws StateGoneException if what it needs was removed
   */
  public PastState at(Instant time) {
    long seq = events.lastUntil(source.topic(), time.toEpochMilli());
    Bounds bounds = events.bounds(source.topic());
    if (bounds.first() > 1 && seq < bounds.first()) {
      throw new StateGoneException(
          "where topic "
              + source.topic()
              + " stood at "
              + time
              + " is not known: retention removed what is before position "
              + bounds.first());
    }
    return new PastState(this, seq);
  }

  /**
   * The state as of a position.
   *
   * @throws UnknownPositionException if the topic is not as long
   * @throws StateGoneException if what it needs was removed
   */
  public PastState atSeq(long seq) {
    long tail = events.bounds(source.topic()).tail();
    if (seq < 0 || seq > tail) {
      throw new UnknownPositionException(
          "topic " + source.topic() + " has positions 1 to " + tail + ", not " + seq);
    }
    return new PastState(this, seq);
  }

  /**
   * Folds the state with a function: first what the snapshots hold, in the order of keys, then each
   * event behind them up to the topic's end, in theirs, tombstones too. Takes the memory of a page,
   * and what the function keeps.
   *
   * @throws StateGoneException if retention removed events that are in no snapshot yet
   * @throws StoreUnavailableException if the store does not show the topic's end yet, or as {@link
   *     #asOf()} does; trying again is right
   */
  public <R> Folded<R> fold(R initial, BiFunction<R, Snapshot, R> function) {
    ColdStart start = new ColdStart(this);
    R result = initial;
    for (List<Snapshot> page = start.next(); !page.isEmpty(); page = start.next()) {
      for (Snapshot snapshot : page) {
        result = function.apply(result, snapshot);
      }
    }
    Tail tail = start.tail();
    while (!tail.isReached()) {
      List<Snapshot> some = new ArrayList<>();
      if (!tail.step(some::add)) {
        throw new StoreUnavailableException(
            "topic " + source.topic() + " is not read to its end yet; try again", null);
      }
      if (tail.gap() > 0) {
        throw new StateGoneException(
            "retention of topic "
                + source.topic()
                + " removed events up to "
                + tail.gap()
                + " that are in no snapshot: compact more often, or keep more");
      }
      for (Snapshot snapshot : some) {
        result = function.apply(result, snapshot);
      }
    }
    return new Folded<>(tail.position(), result);
  }

  /**
   * What a fold came to.
   *
   * @param seq the last position that is in it
   */
  public record Folded<R>(long seq, R result) {}

  static int pageSize() {
    return PAGE;
  }

  static void requireLimit(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, is " + limit);
    }
  }
}
