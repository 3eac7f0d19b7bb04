package io.promlib.bus.internal;

import io.promlib.bus.GapListener;
import io.promlib.bus.GroupMismatchException;
import io.promlib.event.EventRecord;
import io.promlib.state.Snapshots;
import io.promlib.state.Snapshots.AsOf;
import io.promlib.state.StateSource;
import io.promlib.store.Bounds;
import io.promlib.store.EventStore;
import io.promlib.store.Filter;
import io.promlib.store.LatestPage;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The latest of every key that a tail begins with, a page at a time, and the position that it
 * follows the topic from behind it. Makes store calls, and holds no page and no key but the last.
 */
interface TailState {
  /*
   * Nothing is handed over that the topic is to bring too, so that nothing need be remembered of what was: with the state
   * as of P, a key that changed behind P comes with the events behind P. So a reader that came to where the topic ended
   * when the last page was read has the fold of the topic, whatever was published meanwhile, and one that goes on elsewhere
   * behind any position misses and repeats nothing.
   */

  /** The position to go on from. */
  long next();

  /** Some of it behind a key, tombstones among it; the last page is the one that has no next. */
  LatestPage page(@Nullable String after, int limit);

  /** Tells what retention took before it was read; called once, behind the last page. */
  void tellLost(GapListener listener);

  /** The state of a topic now. */
  static TailState of(Wiring wiring, String topic, Filter.@Nullable Match filter) {
    Snapshots snapshots = Snapshots.of(wiring.events(), wiring.groups(), StateSource.of(topic));
    Optional<AsOf> asOf = usable(snapshots, filter);
    Bounds bounds = wiring.events().bounds(topic);
    return asOf.isEmpty()
        ? new OfTopic(wiring.events(), topic, bounds)
        : new OfSnapshots(
            snapshots, topic, asOf.get(), Math.max(asOf.get().floor(), bounds.first() - 1));
  }

  /* A snapshot has neither tags nor headers, so whoever wants some by those is given what the topic holds. */
  private static Optional<AsOf> usable(Snapshots snapshots, Filter.@Nullable Match filter) {
    if (filter != null && !(filter.tags().isEmpty() && filter.headers().isEmpty())) {
      return Optional.empty();
    }
    try {
      return snapshots.asOf();
    } catch (GroupMismatchException e) {
      // They are of other keys than the events' own, or of some only.
      return Optional.empty();
    }
  }

  /**
   * As of the compactor's floor P, which was read before the first page: each key's latest up to P
   * is in its snapshot or was superseded by one from behind P. Retention that passed P is met, and
   * told, where the topic is followed from P + 1.
   *
   * @param upTo of what is at or below it the topic brings nothing: P, or where retention is
   */
  record OfSnapshots(Snapshots snapshots, String topic, AsOf asOf, long upTo) implements TailState {
    @Override
    public long next() {
      return asOf.floor() + 1;
    }

    @Override
    public LatestPage page(@Nullable String after, int limit) {
      var page = snapshots.page(after, limit, asOf);
      List<EventRecord> events =
          page.snapshots().stream()
              .filter(snapshot -> snapshot.seq() <= upTo)
              .map(snapshot -> snapshot.event(topic))
              .toList();
      return new LatestPage(events, page.next());
    }

    @Override
    public void tellLost(GapListener listener) {}
  }

  /**
   * As of the topic's end when it was asked for. A key whose events retention takes before its page
   * is read is not in it, so what goes meanwhile is told; what was gone before is not.
   */
  record OfTopic(EventStore events, String topic, Bounds began) implements TailState {
    @Override
    public long next() {
      return began.tail() + 1;
    }

    @Override
    public LatestPage page(@Nullable String after, int limit) {
      return events.latestPage(topic, after, limit, began.tail());
    }

    @Override
    public void tellLost(GapListener listener) {
      long to = Math.min(events.bounds(topic).first() - 1, began.tail());
      if (to >= began.first()) {
        listener.onGap(began.first(), to);
      }
    }
  }
}
