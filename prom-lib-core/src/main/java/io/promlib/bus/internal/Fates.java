package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.event.EventRecord;
import io.promlib.store.GroupState;
import io.promlib.store.Slots;

/** Tells what became of an event that is no longer leased to the one who asks. */
final class Fates {
  private final Words words;
  private final Places places;
  private final Latest<EventKey, Boolean> dead = new Latest<>(1000);

  Fates(Words words, Places places) {
    this.words = words;
    this.places = places;
  }

  /** The event became a dead letter. */
  void buried(EventKey event) {
    dead.put(event, true);
  }

  /** What became of an event whose lease is over. */
  AckResult of(Lease lease) {
    EventKey event = lease.key();
    return switch (lease.state()) {
      case Lease.ACKED -> AckResult.ALREADY_ACKED;
      case Lease.DEAD -> AckResult.DEAD_LETTERED;
      case Lease.EXPIRED -> of(event, lease.record());
      case Lease.NACKED -> isDead(event) ? AckResult.DEAD_LETTERED : AckResult.STALE_LEASE;
      default -> AckResult.STALE_LEASE;
    };
  }

  /** What became of an event that this process does not hold a lease of. */
  AckResult of(EventRecord record) {
    return of(new EventKey(record.seq(), 0), record);
  }

  private AckResult of(EventKey event, EventRecord record) {
    if (isDead(event)) {
      return AckResult.DEAD_LETTERED;
    }
    if (event.letter() == 0 && event.seq() >= next(record)) {
      return AckResult.UNKNOWN;
    }
    return isDone(event) || !Claims.contains(words.state(), event)
        ? AckResult.ALREADY_ACKED
        : AckResult.STALE_LEASE;
  }

  private long next(EventRecord record) {
    GroupState state = words.state();
    Slots slots = state.slots();
    return slots == null ? state.next() : slots.next(Ahead.slot(record));
  }

  private boolean isDone(EventKey event) {
    Delta.Change last = words.last(event);
    return last != null ? last.isOver() : places.isDoneLetter(event) || words.isDoneFresh(event);
  }

  private boolean isDead(EventKey event) {
    return dead.contains(event)
        || places.fatal.stream().anyMatch(waits -> EventKey.of(waits.entry()).equals(event));
  }
}
