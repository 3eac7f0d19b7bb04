package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.store.EventStore;
import io.promlib.store.Page;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows a topic behind its snapshots. For one thread. */
final class Tail {
  /*
   * What log compaction removed is superseded as of `compacted`, which was raised before: a page with holes in it is part
   * of a state only as of there. So whoever meets a hole reads `compacted` afterwards, and calls nothing a state before
   * it is as far.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Tail.class);
  private static final int PAGE = 1000;

  private final EventStore events;
  private final StateSource source;
  private final Map<String, Long> ahead;
  private long position;
  private long stateFrom;
  private long gap;
  private long gapFrom;

  /**
   * @param position the last one that is known already
   * @param stateFrom the first as of which what is known is a state
   * @param ahead keys of which events up to a position behind it are known
   */
  Tail(
      EventStore events,
      StateSource source,
      long position,
      long stateFrom,
      Map<String, Long> ahead) {
    this.events = events;
    this.source = source;
    this.position = position;
    this.stateFrom = stateFrom;
    this.ahead = ahead;
  }

  /** The last position that was read. */
  long position() {
    return position;
  }

  /** Whether what was read up to here is a state. */
  boolean isReached() {
    return position >= stateFrom;
  }

  /** The last position that retention removed before it was read; 0 if there is none. */
  long gap() {
    return gap;
  }

  /** The first of them. */
  long gapFrom() {
    return gapFrom;
  }

  /** Goes on as if they had never been. */
  void forgetGap() {
    gap = 0;
  }

  /** Reads a page, in seq order; false if there is nothing. */
  boolean step(Consumer<Snapshot> each) {
    Page page = events.read(source.topic(), position + 1, PAGE);
    long to = page.covered(PAGE);
    if (to <= position) {
      return false;
    }
    List<EventRecord> read = page.events();
    long there = read.isEmpty() ? to + 1 : read.get(0).seq();
    long lost = Math.min(page.first(), there) - 1;
    if (lost > position) {
      gapFrom = position + 1;
      gap = lost;
    }
    if (read.size() < to - position) {
      stateFrom = Math.max(stateFrom, events.compacted(source.topic()));
    }
    for (EventRecord event : read) {
      take(event, each);
    }
    position = to;
    if (!ahead.isEmpty() && isReached()) {
      ahead.clear();
    }
    return true;
  }

  private void take(EventRecord event, Consumer<Snapshot> each) {
    String key;
    try {
      key = source.keyOf(event);
    } catch (RuntimeException e) {
      LOG.warn("event {} of {} has no key that can be read", event.id(), event.topic(), e);
      return;
    }
    if (key != null && event.seq() > ahead.getOrDefault(key, 0L)) {
      each.accept(Snapshot.of(key, event));
    }
  }
}
