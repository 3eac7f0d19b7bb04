package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.store.EventStore;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Removes from the topic what a later event of its key superseded, a page at a time. */
final class LogCompaction {
  /*
   * Invariant: of each key, what is left up to `done` is its last event up to there. A page behind it is folded; what is
   * not the last of its key in the page goes, and so does what the page's keys had left up to `done`. So the state as of
   * the page's end, and as of any later position, is what it was. `compacted` is raised to the page's end before anything
   * goes: a state as of an earlier position is refused from then on, rather than wrong.
   *
   * A crash in between leaves superseded events below `compacted`, where this begins again. They go when their key comes
   * again: what a key had left is looked for until nothing is found.
   */
  private static final int PAGE = 1000;

  private final CompactorSettings settings;
  private final EventStore events;
  private final StateSource source;
  private long done = -1;

  LogCompaction(CompactorSettings settings) {
    this.settings = settings;
    this.events = settings.events();
    this.source = settings.source();
  }

  /** Whether there may be more to remove at once. */
  boolean step(long floor, long now) {
    String topic = source.topic();
    if (done < 0) {
      done = events.compacted(topic);
    }
    if (floor <= done) {
      return false;
    }
    long until = Math.min(floor, passedByAll(floor));
    if (until > done) {
      until = Math.min(until, events.lastUntil(topic, now - settings.dedupeWindow().toMillis()));
    }
    if (until <= done) {
      return false;
    }
    Page page = events.read(topic, done + 1, PAGE);
    long to = Math.min(until, page.covered(PAGE));
    if (to <= done) {
      return false;
    }
    compact(topic, page, to);
    done = to;
    return to < until;
  }

  private void compact(String topic, Page page, long to) {
    Map<String, Long> last = new HashMap<>();
    List<Long> superseded = new ArrayList<>();
    for (EventRecord event : page.events()) {
      String key = event.key();
      if (key != null && event.seq() <= to && source.isWanted(key)) {
        Long before = last.put(key, event.seq());
        if (before != null) {
          superseded.add(before);
        }
      }
    }
    Map<String, Long> left =
        last.isEmpty() ? Map.of() : events.latestSeqs(topic, last.keySet(), done);
    if (superseded.isEmpty() && left.isEmpty()) {
      return;
    }
    events.raiseCompacted(topic, to);
    events.remove(topic, superseded);
    while (!left.isEmpty()) {
      events.remove(topic, left.values());
      left = events.latestSeqs(topic, left.keySet(), done);
    }
  }

  private long passedByAll(long floor) {
    if (!settings.waitForGroups()) {
      return floor;
    }
    long passed = floor;
    for (Versioned stored : settings.groups().loadAll(source.topic()).values()) {
      passed = Math.min(passed, stored.state().floor());
    }
    return passed;
  }
}
