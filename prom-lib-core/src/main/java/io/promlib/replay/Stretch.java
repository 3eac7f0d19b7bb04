package io.promlib.replay;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.GapListener;
import io.promlib.event.EventRecord;
import io.promlib.store.Page;
import io.promlib.store.StoreUnavailableException;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Goes over a stretch of a topic, a page at a time. */
final class Stretch {
  /*
   * `next` is the lowest position not done with: below it everything was handed out, did not pass, or was removed. A page
   * tells of all positions from `next` to `covered`, so what is not on it was removed: below the topic's `first` by
   * retention, which is told as a gap, above by compaction. `found`, if there is one, is the event at `next`. What stands
   * here after an exception is as before the call, or further by what was seen not to pass; so the reader goes on.
   */
  private final BusAdmin admin;
  private final String topic;
  private final long end;
  private final @Nullable Predicate<EventRecord> wanted;
  private final int pageSize;
  private final GapListener gapListener;

  private Iterator<EventRecord> page = Collections.emptyIterator();
  private long covered;
  private long next;
  private long left;
  private @Nullable EventRecord found;
  private long toldTo;
  private long lost;

  Stretch(
      BusAdmin admin,
      String topic,
      long from,
      long end,
      @Nullable Predicate<EventRecord> wanted,
      long limit,
      int pageSize,
      GapListener gapListener) {
    this.admin = admin;
    this.topic = topic;
    this.end = end;
    this.wanted = wanted;
    this.pageSize = pageSize;
    this.gapListener = gapListener;
    next = from;
    left = limit;
  }

  long position() {
    return next;
  }

  long end() {
    return end;
  }

  long lost() {
    return lost;
  }

  int pageSize() {
    return pageSize;
  }

  /** Whether there is another event; reads no further than it must to know. */
  boolean find() {
    while (found == null && left > 0 && next <= end) {
      if (page.hasNext()) {
        look(page.next());
      } else if (covered >= next) {
        next = Math.min(covered, end) + 1;
      } else {
        read();
      }
    }
    return found != null;
  }

  private void look(EventRecord event) {
    if (event.seq() > end) {
      next = end + 1;
      return;
    }
    next = event.seq();
    boolean passes;
    try {
      passes = wanted == null || wanted.test(event);
    } catch (RuntimeException | Error e) {
      rewind(next, 0);
      throw e;
    }
    if (passes) {
      found = event;
    } else {
      next++;
    }
  }

  EventRecord take() {
    if (!find()) {
      throw new NoSuchElementException("the replay of " + topic + " is at its end");
    }
    EventRecord event = found;
    if (event == null) {
      throw new IllegalStateException("found nothing");
    }
    found = null;
    next = event.seq() + 1;
    left--;
    return event;
  }

  /** Goes back to a position that it stood at, with so many events taken since. */
  void rewind(long position, long taken) {
    next = position;
    left += taken;
    found = null;
    page = Collections.emptyIterator();
    covered = 0;
  }

  private void read() {
    long most = wanted == null ? Math.min(pageSize, left) : pageSize;
    int limit = (int) Math.min(most, end - next + 1);
    Page read = admin.read(topic, next, limit);
    long shown = read.covered(limit);
    if (shown < next) {
      throw new StoreUnavailableException(
          "the store shows "
              + topic
              + " up to less than position "
              + next
              + ", which it had already shown; go on from there in a moment",
          null);
    }
    List<EventRecord> events = read.events();
    /* An event that was read before retention went over it is no loss. */
    long before = events.isEmpty() ? shown : events.get(0).seq() - 1;
    gap(next, Math.min(end, Math.min(read.first() - 1, before)));
    covered = shown;
    page = events.iterator();
  }

  private void gap(long from, long to) {
    long untold = Math.max(from, toldTo + 1);
    if (untold <= to) {
      toldTo = to;
      lost += to - untold + 1;
      gapListener.onGap(untold, to);
    }
  }
}
