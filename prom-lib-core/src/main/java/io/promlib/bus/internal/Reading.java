package io.promlib.bus.internal;

import io.promlib.bus.internal.GroupSteps.Request;
import io.promlib.event.EventRecord;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.Page;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what was claimed, keeps what the group wants, and tells what is lost. */
final class Reading {
  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  private static final long AGAIN_NANOS = Duration.ofMillis(50).toNanos();

  private final GroupKey key;
  private final Wiring wiring;
  private final LetterBox letters;
  private final ReentrantLock lock;
  private final List<Member> members;
  private final Book book;
  private boolean waits;
  private long again;

  Reading(
      GroupKey key,
      Wiring wiring,
      LetterBox letters,
      ReentrantLock lock,
      List<Member> members,
      Book book) {
    this.key = key;
    this.wiring = wiring;
    this.letters = letters;
    this.lock = lock;
    this.members = members;
    this.book = book;
  }

  /**
   * Until when nothing is read because the store showed an older state than the claim is built on,
   * in nanoseconds; {@code otherwise} if it did not.
   */
  long waitsUntil(long otherwise) {
    return waits ? again : otherwise;
  }

  private boolean isWaiting() {
    waits &= wiring.nanos() - again < 0;
    return waits;
  }

  /* What is neither there nor known to be removed is yet to be seen: a majority read may be behind. */
  private boolean waitForStore() {
    waits = true;
    again = wiring.nanos() + AGAIN_NANOS;
    return false;
  }

  /** Reads what may be claimed next of the slots that this process has; false if that is known. */
  boolean readAhead(Request request) {
    if (isWaiting()) {
      return false;
    }
    long from;
    int limit;
    lock.lock();
    try {
      from = book.readsFrom(request);
      limit = book.readLimit(request);
    } finally {
      lock.unlock();
    }
    if (from == 0) {
      return false;
    }
    Page page = wiring.events().read(key.topic(), from, limit);
    long covered = page.covered(limit);
    if (covered < from) {
      return waitForStore();
    }
    lock.lock();
    try {
      book.holdsFrom(page.first());
      book.readAhead(from, covered, page.events());
    } finally {
      lock.unlock();
    }
    return true;
  }

  /** Reads the next event that is to be tried again; false if there is none. */
  boolean readRetried() {
    if (isWaiting()) {
      return false;
    }
    Unfinished next;
    lock.lock();
    try {
      next = book.places.unreadRetried.peek();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return false;
    }
    boolean redriven = next.letter() > 0;
    long position = redriven ? next.letter() : next.seq();
    String topic = redriven ? letters.letterTopic() : key.topic();
    Page page = wiring.events().read(topic, position, 1);
    List<EventRecord> events = page.events();
    EventRecord found = events.isEmpty() || events.get(0).seq() != position ? null : events.get(0);
    if (found == null && page.covered(1) < position) {
      return waitForStore();
    }
    EventRecord record = found == null || !redriven ? found : LetterBox.read(found).original();
    /* What was claimed and never read before a crash was not filtered either. */
    boolean refused = record != null && !redriven && wanted(List.of(record)).isEmpty();
    boolean lost = record == null && !redriven && next.seq() < page.first();
    long now = wiring.now();
    lock.lock();
    try {
      if (!next.equals(book.places.unreadRetried.peek())) {
        return true;
      }
      if (record != null && next.fatal() != null) {
        book.intake.readFatal(record, now);
      } else if (lost) {
        book.holdsFrom(page.first());
        book.intake.lostRetried();
      } else {
        book.intake.readRetried(refused ? null : record, now);
      }
    } finally {
      lock.unlock();
    }
    if (lost) {
      skipped(next.seq(), next.seq());
    }
    return true;
  }

  /** Reads a stretch of what was claimed; false if there is none. */
  boolean readFresh() {
    if (isWaiting()) {
      return false;
    }
    List<EventRecord> inHand;
    SeqSet unread;
    lock.lock();
    try {
      inHand = book.places.takeInHand();
      unread = book.places.unreadFresh;
    } finally {
      lock.unlock();
    }
    if (!inHand.isEmpty()) {
      long[] seqs = inHand.stream().mapToLong(EventRecord::seq).toArray();
      take(inHand, SeqSet.of(seqs), SeqSet.EMPTY, 0);
      return true;
    }
    return !unread.isEmpty() && readFresh(unread);
  }

  private boolean readFresh(SeqSet unread) {
    long from = unread.first(0);
    long last = unread.last(0);
    /* Between the positions of some slots lie those of all others. */
    long end = book.state().slots() == null ? last : unread.firstRunEnd(last);
    int limit = (int) Math.min(end - from + 1, GroupSteps.MAX_UNFINISHED);
    Page page = wiring.events().read(key.topic(), from, limit);
    List<EventRecord> events = page.events();
    long covered = Math.min(page.covered(limit), end);
    if (covered < from) {
      return waitForStore();
    }
    SeqSet read = unread.minus(SeqSet.range(covered + 1, last));
    long lostTo = Math.min(page.first() - 1, covered);
    if (!events.isEmpty()) {
      lostTo = Math.min(lostTo, events.get(0).seq() - 1);
    }
    SeqSet lost = lostTo < from ? SeqSet.EMPTY : read.minus(SeqSet.range(lostTo + 1, last));
    take(events, read, lost, page.first());
    long[] gaps = lost.bounds();
    for (int i = 0; i < gaps.length; i += 2) {
      skipped(gaps[i], gaps[i + 1]);
    }
    return true;
  }

  private void take(List<EventRecord> events, SeqSet read, SeqSet lost, long first) {
    List<EventRecord> wanted = wanted(events);
    long now = wiring.now();
    lock.lock();
    try {
      book.holdsFrom(first);
      book.intake.readFresh(wanted, read, lost, now);
    } finally {
      lock.unlock();
    }
  }

  private List<EventRecord> wanted(List<EventRecord> events) {
    Filter filter = book.state().settings().filter();
    if (filter instanceof Filter.All) {
      return events;
    }
    Predicate<EventRecord> accepts =
        filter instanceof Filter.Match match ? match::matches : predicate();
    List<EventRecord> wanted = new ArrayList<>(events.size());
    for (EventRecord event : events) {
      if (accepts(accepts, event)) {
        wanted.add(event);
      }
    }
    return wanted;
  }

  /* What a predicate cannot judge is delivered: it must neither be stepped over nor hold up the rest. */
  private boolean accepts(Predicate<EventRecord> predicate, EventRecord event) {
    try {
      return predicate.test(event);
    } catch (RuntimeException e) {
      LOG.warn("group {}: the filter failed on event {}, which is delivered", key, event.id(), e);
      return true;
    }
  }

  private Predicate<EventRecord> predicate() {
    lock.lock();
    try {
      for (Member member : members) {
        Predicate<EventRecord> predicate = member.options().predicate();
        if (predicate != null) {
          return predicate;
        }
      }
      return event -> true;
    } finally {
      lock.unlock();
    }
  }

  /** Tells everybody of positions that retention took before the group got them. */
  void skipped(long from, long to) {
    LOG.warn("group {} lost positions {} to {} to retention", key, from, to);
    wiring.listener().onSkip(key.topic(), key.group(), from, to);
    List<Member> all;
    lock.lock();
    try {
      all = List.copyOf(members);
    } finally {
      lock.unlock();
    }
    for (Member member : all) {
      try {
        member.options().gapListener().onGap(from, to);
      } catch (RuntimeException e) {
        LOG.warn("group {}: a gap listener failed", key, e);
      }
    }
  }
}
