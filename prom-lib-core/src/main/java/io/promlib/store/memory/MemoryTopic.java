package io.promlib.store.memory;

import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Payload;
import io.promlib.event.Published;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Overflow;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** One topic: writers take its monitor, {@link #read} takes no lock. */
final class MemoryTopic {
  /*
   * Why a read without a lock is right.
   *
   * Written under the monitor only: slots (the reference and what is in it), first, tail. An append writes its slot, or
   * replaces slots by a copy that holds the slot, and then tail (volatile). A removal first raises `first` where it
   * raises it at all, then clears slots (release). A slot is written again for a position one lap higher only after it
   * was cleared, so after `first` was raised above the old position or the old position was removed as a single one.
   *
   * A reader reads tail, then slots, then the places, then first. All positions up to the tail it saw were in the slots
   * that were current then, and every later copy holds what was not removed, so a place that is null or holds another
   * position was removed: the page leaves out nothing that is there. If it was removed by retention, the write of first
   * came before the write that the reader saw in the place (release, acquire), or before the write of slots (volatile),
   * so that the first read last is above the position: the page tells what was lost. An event is immutable and
   * published by the place's release write, so it is never seen half made. A reader that still holds slots that were
   * replaced sees events that were removed since its read began, which is as if it had been quicker.
   *
   * What is counted: `bytes` is the sum of the sizes noted beside the places, `remembered` that of the light records in
   * `given`; the budget's part of this topic is always the sum of both. A size is noted at the append because a
   * payload's encoded length changes later.
   */

  private static final EventRecord[] NONE = {};
  private static final int TRIMMED_AT_ONCE = 1000;
  private static final int KEYS_AT_ONCE = 1000;

  private final String name;
  private final Budget budget;
  private final int rememberedIds;

  private final AtomicLong first = new AtomicLong(1);
  private volatile long tail;
  private volatile Slots slots = Slots.empty();
  private volatile TopicSettings settings;
  private volatile long compacted;

  /* Guarded by the monitor. */
  private final LinkedHashMap<String, EventRecord> given = new LinkedHashMap<>();
  private final KeyIndex keys = new KeyIndex();
  private long count;
  private long bytes;
  private long remembered;
  private long lastAt = Long.MIN_VALUE;

  MemoryTopic(String name, TopicSettings settings, Budget budget, int rememberedIds) {
    this.name = name;
    this.settings = settings;
    this.budget = budget;
    this.rememberedIds = rememberedIds;
  }

  /** What became of the event; null if it finds no room. */
  synchronized @Nullable Published append(Draft draft, long size, long now) {
    if (draft.idGiven()) {
      EventRecord stored = given.get(draft.id());
      if (stored != null) {
        return new Published(stored, true);
      }
    }
    if (!makeRoom(size)) {
      return null;
    }
    long seq = tail + 1;
    lastAt = Math.max(now, lastAt);
    EventRecord event = draft.placed(name, seq, lastAt);
    Slots into = slots;
    if (!into.hasRoom(seq, first.getPlain()) || into.isWasteful(count)) {
      into = into.remade(first.getPlain(), tail, count);
      slots = into;
    }
    into.put(event, size, draft.idGiven() || draft.meta().key() != null);
    count++;
    bytes += size;
    String key = draft.meta().key();
    if (key != null) {
      keys.add(key, seq);
    }
    if (draft.idGiven()) {
      remember(event);
    }
    tail = seq;
    return new Published(event, false);
  }

  /** As many as find room, as one step: nobody appends between them. */
  synchronized List<Published> append(List<Draft> drafts, long[] draftSizes, long now) {
    List<Published> answer = new ArrayList<>(drafts.size());
    for (int i = 0; i < draftSizes.length; i++) {
      Published published = append(drafts.get(i), draftSizes[i], now);
      if (published == null) {
        break;
      }
      answer.add(published);
    }
    return Collections.unmodifiableList(answer);
  }

  /** As many as find room, if the topic ends at {@code last}; ends at an id that is there. */
  synchronized List<Published> appendAt(
      long last, List<Draft> drafts, long[] draftSizes, long now) {
    List<Published> answer = new ArrayList<>(drafts.size());
    for (int i = 0; tail == last + i && i < draftSizes.length; i++) {
      Published published = append(drafts.get(i), draftSizes[i], now);
      if (published == null || published.duplicate()) {
        break;
      }
      answer.add(published);
    }
    return Collections.unmodifiableList(answer);
  }

  Page read(long from, int limit) {
    long end = tail;
    long start = Math.max(from, first.getAcquire());
    EventRecord[] events = NONE;
    if (start <= end && limit > 0) {
      events = new EventRecord[(int) Math.min(limit, end - start + 1)];
      int size = slots.fill(start, end, events);
      events = size == events.length ? events : Arrays.copyOf(events, size);
    }
    List<EventRecord> list =
        events.length == 0 ? List.of() : Collections.unmodifiableList(Arrays.asList(events));
    return new Page(first.getAcquire(), end, list);
  }

  Bounds bounds() {
    long end = tail;
    return new Bounds(Math.min(first.getAcquire(), end + 1), end);
  }

  synchronized Extent extent() {
    return new Extent(first.getPlain(), tail, count, bytes);
  }

  Optional<EventRecord> find(String id) {
    synchronized (this) {
      EventRecord stored = given.get(id);
      if (stored != null) {
        return Optional.ofNullable(slots.get(stored.seq()));
      }
    }
    long lowest = first.getAcquire();
    long seq = tail;
    Slots current = slots;
    for (; seq >= lowest; seq--) {
      EventRecord event = current.get(seq);
      if (event != null && event.id().equals(id)) {
        return Optional.of(event);
      }
    }
    return Optional.empty();
  }

  OptionalLong firstSince(long ts) {
    long from = 1;
    while (true) {
      List<EventRecord> events = read(from, 1000).events();
      if (events.isEmpty()) {
        return OptionalLong.empty();
      }
      for (EventRecord event : events) {
        if (event.ts() >= ts) {
          return OptionalLong.of(event.seq());
        }
      }
      from = events.get(events.size() - 1).seq() + 1;
    }
  }

  synchronized long lastUntil(long time) {
    long low = first.getPlain();
    long high = tail + 1;
    while (low < high) {
      long middle = low + (high - low) / 2;
      long seq = slots.nextSeq(middle, high - 1);
      EventRecord event = seq == 0 ? null : slots.get(seq);
      if (event == null || event.at() > time) {
        high = middle;
      } else {
        low = seq + 1;
      }
    }
    return laterFrom(high) - 1;
  }

  /* What is missing before the first later event may have been anything. */
  private long laterFrom(long position) {
    long seq = position > tail ? 0 : slots.nextSeq(position, tail);
    return seq == 0 ? tail + 1 : seq;
  }

  synchronized @Nullable EventRecord latest(String key, long atMost) {
    long seq = keys.latest(key, atMost);
    return seq == 0 ? null : slots.get(seq);
  }

  synchronized Map<String, Long> latestSeqs(Collection<String> wanted, long atMost) {
    Map<String, Long> found = new HashMap<>();
    for (String key : wanted) {
      long seq = keys.latest(key, atMost);
      if (seq != 0) {
        found.put(key, seq);
      }
    }
    return found;
  }

  /* Keys that have nothing up to `atMost` may be many: the monitor is given up every so many keys. */
  LatestPage latestPage(@Nullable String after, int limit, long atMost) {
    List<EventRecord> page = new ArrayList<>();
    String last = after;
    long held = 0;
    while (true) {
      synchronized (this) {
        Iterator<String> behind = keys.behind(last);
        for (int looked = 0; looked < KEYS_AT_ONCE; looked++) {
          if (!behind.hasNext()) {
            return new LatestPage(page, null);
          }
          if (page.size() >= limit || held >= LatestPage.ENOUGH_BYTES) {
            return new LatestPage(page, last);
          }
          last = behind.next();
          EventRecord event = latest(last, atMost);
          if (event != null) {
            page.add(event);
            held += slots.size(event.seq());
          }
        }
      }
    }
  }

  long compacted() {
    return compacted;
  }

  synchronized void raiseCompacted(long to) {
    compacted = Math.max(compacted, to);
  }

  /** Removes what is over its age, below a position; no more than a part of it at once. */
  synchronized boolean trim(long below, long now) {
    Duration maxAge = settings.maxAge();
    if (maxAge == null) {
      return false;
    }
    long before = now - maxAge.toMillis();
    long end = first.getPlain();
    int old = 0;
    while (old < TRIMMED_AT_ONCE) {
      long oldest = slots.nextSeq(end, tail);
      EventRecord event = oldest == 0 || oldest >= below ? null : slots.get(oldest);
      if (event == null || event.at() >= before) {
        break;
      }
      end = oldest + 1;
      old++;
    }
    removeBelow(end);
    return old == TRIMMED_AT_ONCE;
  }

  synchronized void removeBelow(long below) {
    long end = Math.min(below, tail + 1);
    long freed = 0;
    if (end > first.getPlain()) {
      long oldest = slots.nextSeq(first.getPlain(), end - 1);
      first.setRelease(end);
      for (; oldest > 0; oldest = slots.nextSeq(oldest + 1, end - 1)) {
        freed += drop(oldest);
      }
      settle(freed);
    }
  }

  synchronized void remove(Collection<Long> seqs) {
    long freed = 0;
    for (long seq : seqs) {
      EventRecord event = seq < first.getPlain() || seq > tail ? null : slots.get(seq);
      if (event != null) {
        freed += drop(event);
      }
    }
    settle(freed);
  }

  void configure(TopicSettings changed) {
    settings = changed;
  }

  TopicSettings settings() {
    return settings;
  }

  private boolean makeRoom(long size) {
    TopicSettings kept = settings;
    if (size > kept.maxBytes()) {
      return false;
    }
    long freed = 0;
    if (isFullFor(size, kept)) {
      if (kept.overflow() != Overflow.DROP_OLDEST || !budget.couldTake(size, bytes + remembered)) {
        return false;
      }
      do {
        freed += dropOldest();
      } while (isFullFor(size, kept));
    }
    if (budget.take(size - freed)) {
      return true;
    }
    budget.giveBack(freed);
    return makeRoomInBudget(size, kept.overflow());
  }

  private boolean isFullFor(long size, TopicSettings kept) {
    return count >= kept.maxEvents() || bytes > kept.maxBytes() - size;
  }

  /* Ids of removed events go last, and only from a topic that holds nothing else that it may give. */
  private boolean makeRoomInBudget(long size, Overflow overflow) {
    if ((overflow != Overflow.DROP_OLDEST && count > 0)
        || !budget.couldTake(size, bytes + remembered)) {
      return false;
    }
    while (!budget.take(size)) {
      if (count > 0) {
        budget.giveBack(dropOldest());
      } else if (!given.isEmpty()) {
        budget.giveBack(forgetOldestId());
      } else {
        return false;
      }
    }
    return true;
  }

  private long dropOldest() {
    long oldest = slots.nextSeq(first.getPlain(), tail);
    if (oldest == 0) {
      throw new IllegalStateException("topic " + name + " counts events that it does not hold");
    }
    first.setRelease(oldest + 1);
    return drop(oldest);
  }

  /* An event that no index holds goes without a look at it: it is long out of every cache. */
  private long drop(long seq) {
    EventRecord event = slots.isIndexed(seq) ? slots.get(seq) : null;
    if (event != null) {
      return drop(event);
    }
    long size = slots.clear(seq);
    count--;
    bytes -= size;
    return size;
  }

  /** Takes an event out; returns the bytes to give back to the budget. */
  private long drop(EventRecord event) {
    long size = slots.clear(event.seq());
    count--;
    bytes -= size;
    String key = event.key();
    if (key != null) {
      keys.remove(key, event.seq());
    }
    if (given.isEmpty() || !isAt(event.seq(), given.get(event.id()))) {
      return size;
    }
    long light = Sizes.remembered(event.id());
    given.put(
        event.id(),
        new EventRecord(
            event.id(), event.seq(), event.ts(), event.at(), name, Payload.NULL, EventMeta.NONE));
    remembered += light;
    return size - light;
  }

  private void remember(EventRecord event) {
    given.put(event.id(), event);
    if (given.size() > rememberedIds) {
      budget.giveBack(forgetOldestId());
    }
  }

  private long forgetOldestId() {
    var eldest = given.entrySet().iterator();
    EventRecord record = eldest.next().getValue();
    eldest.remove();
    if (slots.get(record.seq()) != null) {
      return 0;
    }
    long light = Sizes.remembered(record.id());
    remembered -= light;
    return light;
  }

  private static boolean isAt(long seq, @Nullable EventRecord event) {
    return event != null && event.seq() == seq;
  }

  private void settle(long freed) {
    budget.giveBack(freed);
    if (slots.isWasteful(count)) {
      slots = slots.remade(first.getPlain(), tail, count);
    }
  }
}
