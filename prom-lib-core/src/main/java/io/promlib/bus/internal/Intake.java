package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Takes in what was read of claimed events, and what became of dead letters. */
final class Intake {
  private final Words words;
  private final Places places;
  private final Fates fates;

  Intake(Words words, Places places, Fates fates) {
    this.words = words;
    this.places = places;
    this.fates = fates;
  }

  /**
   * These positions were read: those that somebody wants, and the rest is done; {@code lost} are
   * those of them that retention removed.
   */
  void readFresh(List<EventRecord> wanted, SeqSet positions, SeqSet lost, long now) {
    SeqSet unread = places.unreadFresh;
    SeqSet read = unread.minus(unread.minus(positions));
    words.delta().lostFresh(lost.minus(lost.minus(read)));
    read.forEach(new Sorting(wanted, now));
    places.unreadFresh = unread.minus(read);
  }

  /** Places what is wanted of the positions that it is called with, in ascending order. */
  private final class Sorting implements LongConsumer {
    private final List<EventRecord> wanted;
    private final long now;
    private int next;

    Sorting(List<EventRecord> wanted, long now) {
      this.wanted = wanted;
      this.now = now;
    }

    @Override
    public void accept(long seq) {
      while (next < wanted.size() && wanted.get(next).seq() < seq) {
        next++;
      }
      if (next < wanted.size() && wanted.get(next).seq() == seq) {
        places.lanes.add(new Lease(wanted.get(next), null), now);
      } else {
        words.delta().doneFresh(seq);
      }
    }
  }

  /** The next event to be tried again was read; null if it was removed since. */
  void readRetried(@Nullable EventRecord record, long now) {
    Unfinished entry = places.unreadRetried.remove();
    if (record == null) {
      words.delta().done(EventKey.of(entry));
    } else {
      places.lanes.add(new Lease(record, entry), now);
    }
  }

  /** The next event to be tried again was removed by retention. */
  void lostRetried() {
    words.delta().lost(EventKey.of(places.unreadRetried.remove()));
  }

  /** The next event that waits for its letter was read. */
  void readFatal(EventRecord record, long now) {
    Unfinished entry = places.unreadRetried.remove();
    places.fatal.add(new Places.Fatal(record, entry));
    places.lanes.add(new Lease(record, entry), now);
  }

  /** The event is a dead letter now. */
  void buried(Places.Fatal event, long now) {
    places.fatal.remove(event);
    EventKey key = EventKey.of(event.entry());
    fates.buried(key);
    words.delta().done(key);
    places.lanes.leave(new Lease(event.record(), event.entry()), now);
  }

  /** The dead letter that was redriven is gone, and so the event is done. */
  void letterGone(Places.Fatal event, long now) {
    places.doneLetters.remove(event);
    words.delta().done(EventKey.of(event.entry()));
    places.lanes.leave(new Lease(event.record(), event.entry()), now);
  }

  /** A redriven event became a dead letter again: the one it came from goes. */
  void buriedAgain(Places.Fatal event) {
    if (places.fatal.remove(event)) {
      places.doneLetters.add(event);
    }
  }

  /** The dead-letter topic took it not: once more at {@code due}. */
  void notBuried(Places.Fatal event, long due) {
    int at = places.fatal.indexOf(event);
    if (at >= 0) {
      Unfinished entry = event.entry();
      Unfinished later = entry.dead(String.valueOf(entry.fatal()), due);
      places.fatal.set(at, new Places.Fatal(event.record(), later));
      words.delta().claimed(later);
    }
  }
}
