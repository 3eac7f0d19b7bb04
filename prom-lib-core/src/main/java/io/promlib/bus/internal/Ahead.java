package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.SeqSet;
import io.promlib.store.Slots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a process has read of the topic before it claims it, because only an event tells its slot.
 * Plain state, guarded by the group's lock.
 */
final class Ahead {
  /*
   * A page in hand says of each position from `from` to `to` which event is there, or that there is none any more.
   * `passed` says, for a slot that this process owns, that none of its events stands from the slot's next position up to
   * there: that is read off pages without a write, and good as long as the slot is owned, for nobody else moves it then.
   * A position that is in no page is never claimed and never passed, so nothing that was not read is stepped over.
   * Reading claims nothing: a page may be forgotten at any time, and one that is out of date shows less, never more.
   */
  private static final int MOST = 1000;

  /* Most of a page is others' where few slots are owned: so much is worth a call saved. */
  private static final int MOST_OF_OTHERS = 512;

  private final long[] passed = new long[Slots.COUNT];
  private int leader;
  private long from;
  private long to = -1;
  private List<EventRecord> events = List.of();

  /**
   * What a claim finds in the page.
   *
   * @param slots with those moved whose events are all taken, or passed
   */
  record Found(List<SeqSet> fresh, SeqSet all, List<EventRecord> records, Slots slots) {}

  /** The slot that an event belongs to, by its key or, without one, by its id. */
  static int slot(EventRecord record) {
    String key = record.key();
    return Slots.of(key == null ? record.id() : key);
  }

  /** How many events to read for so many, of that many slots. */
  static int limit(int wanted, int owned) {
    long limit = (long) wanted * Slots.COUNT / Math.max(1, owned);
    long most = Math.max(MOST_OF_OTHERS, Math.min(MOST, wanted));
    return (int) Math.max(1, Math.min(most, limit));
  }

  /** The lowest position that may hold an event of the slot that was not claimed. */
  long position(Slots slots, int slot) {
    return Math.max(slots.next(slot), passed[slot]);
  }

  /** A page was read: what is missing in it up to {@code last} was removed. */
  void read(long first, long last, List<EventRecord> page) {
    from = first;
    to = last;
    events = page;
  }

  /** Whether the page holds an event of these slots that was not claimed. */
  boolean isUsable(Slots slots, int mine) {
    if (!reachesAny(slots, mine)) {
      return false;
    }
    for (int i = 0; i < events.size(); i++) {
      EventRecord event = events.get(i);
      if (isClaimable(event.seq(), slot(event), slots, mine)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Where to read on for these slots; 0 if the page in hand is not used up, or nothing is left up
   * to the tail. Takes turns among the positions where they stand, so that a slot far behind does
   * not hold up the others.
   */
  long readsFrom(Slots slots, int mine, long tail) {
    if (isUsable(slots, mine)) {
      return 0;
    }
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (Claims.has(mine, slot) && reaches(slots, slot)) {
        passed[slot] = to + 1;
      }
    }
    drop();
    int same = -1;
    for (int i = 1; i <= Slots.COUNT; i++) {
      int slot = (leader + i) % Slots.COUNT;
      long position = position(slots, slot);
      if (Claims.has(mine, slot) && position <= tail) {
        if (position != to + 1) {
          leader = slot;
          return position;
        }
        same = slot;
      }
    }
    leader = same < 0 ? leader : same;
    return same < 0 ? 0 : position(slots, same);
  }

  /** Takes so many events of these slots from the page, the first there are. */
  Found find(Slots slots, int mine, long most) {
    SeqSet[] fresh = new SeqSet[Slots.COUNT];
    Arrays.fill(fresh, SeqSet.EMPTY);
    List<EventRecord> records = new ArrayList<>();
    long end = to;
    if (reachesAny(slots, mine)) {
      for (EventRecord event : events) {
        int slot = slot(event);
        if (isClaimable(event.seq(), slot, slots, mine)) {
          if (records.size() >= most) {
            end = event.seq() - 1;
            break;
          }
          fresh[slot] = fresh[slot].plus(SeqSet.range(event.seq(), event.seq()));
          records.add(event);
        }
      }
    }
    long[] nexts = new long[Slots.COUNT];
    long[] all = new long[records.size()];
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      boolean reached = Claims.has(mine, slot) && reaches(slots, slot);
      long read = reached ? Math.max(end + 1, passed[slot]) : passed[slot];
      nexts[slot] = Math.max(slots.next(slot), Claims.has(mine, slot) ? read : 0);
    }
    Arrays.setAll(all, i -> records.get(i).seq());
    return new Found(
        List.of(fresh), SeqSet.of(all, all.length), records, Slots.of(nexts, slots.lostTo()));
  }

  /** Whether a slot may be moved on although nothing of it is claimed. */
  boolean isMoved(Slots slots, int mine) {
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (Claims.has(mine, slot) && passed[slot] > slots.next(slot)) {
        return true;
      }
    }
    return false;
  }

  /** Only these slots are owned; what is known of others is worth nothing any more. */
  void keep(int mine) {
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (!Claims.has(mine, slot)) {
        passed[slot] = 0;
      }
    }
    if (mine == 0) {
      drop();
    }
  }

  /** How many events are kept here. */
  int size() {
    return events.size();
  }

  /* Where the page ended is still known. It reaches no position any more, for without its events it tells of none. */
  private void drop() {
    from = to + 1;
    events = List.of();
  }

  void clear() {
    keep(0);
    read(0, -1, List.of());
  }

  private boolean reaches(Slots slots, int slot) {
    long position = position(slots, slot);
    return from <= position && position <= to;
  }

  private boolean reachesAny(Slots slots, int mine) {
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      if (Claims.has(mine, slot) && reaches(slots, slot)) {
        return true;
      }
    }
    return false;
  }

  private boolean isClaimable(long seq, int slot, Slots slots, int mine) {
    return Claims.has(mine, slot) && reaches(slots, slot) && seq >= position(slots, slot);
  }
}
