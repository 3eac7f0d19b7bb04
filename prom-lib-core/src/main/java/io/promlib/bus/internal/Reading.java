package io.promlib.bus.internal;

import io.promlib.event.EventRecord;
import io.promlib.store.Filter;
import io.promlib.store.GroupKey;
import io.promlib.store.Page;
import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what was claimed, keeps what the group wants, and tells what is lost. */
final class Reading {
  private static final Logger LOG = LoggerFactory.getLogger(Reading.class);

  private final GroupKey key;
  private final Wiring wiring;
  private final LetterBox letters;
  private final ReentrantLock lock;
  private final List<Member> members;
  private final Book book;

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

  /** Reads the next event that is to be tried again; false if there is none. */
  boolean readRetried() {
    Unfinished next;
    lock.lock();
    try {
      next = book.unreadRetried.peek();
    } finally {
      lock.unlock();
    }
    if (next == null) {
      return false;
    }
    EventRecord record = null;
    long first = 0;
    if (next.letter() > 0) {
      record = letters.original(next.letter());
    } else {
      Page page = wiring.events().read(key.topic(), next.seq(), 1);
      first = page.first();
      record =
          page.events().isEmpty() || page.events().get(0).seq() != next.seq()
              ? null
              : page.events().get(0);
    }
    /* What was claimed and never read before a crash was not filtered either. */
    boolean refused = record != null && next.letter() == 0 && wanted(List.of(record)).isEmpty();
    boolean lost = record == null && next.letter() == 0 && next.seq() < first;
    long now = wiring.now();
    lock.lock();
    try {
      if (!next.equals(book.unreadRetried.peek())) {
        return true;
      }
      if (record != null && next.fatal() != null) {
        book.readFatal(record, now);
      } else if (lost) {
        book.lostRetried();
      } else {
        book.readRetried(refused ? null : record, now);
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
    long from;
    long to;
    lock.lock();
    try {
      from = book.unreadFresh.first(0);
      to = book.unreadFresh.firstRunEnd(-1);
    } finally {
      lock.unlock();
    }
    if (to < from) {
      return false;
    }
    int limit = (int) Math.min(to - from + 1, GroupSteps.MAX_UNFINISHED);
    Page page = wiring.events().read(key.topic(), from, limit);
    List<EventRecord> events = page.events();
    /* A full page covers up to its last event; one that is not full all that was there when the read began. */
    long covered = events.size() < limit ? page.tail() : events.get(events.size() - 1).seq();
    covered = Math.min(covered, to);
    if (covered < from) {
      return false;
    }
    long lostTo = Math.min(page.first() - 1, covered);
    if (!events.isEmpty()) {
      lostTo = Math.min(lostTo, events.get(0).seq() - 1);
    }
    SeqSet lost = SeqSet.range(from, lostTo);
    List<EventRecord> wanted = wanted(events);
    long now = wiring.now();
    lock.lock();
    try {
      if (book.unreadFresh.first(0) == from) {
        book.readFresh(wanted, covered, lost, now);
      }
    } finally {
      lock.unlock();
    }
    if (!lost.isEmpty()) {
      skipped(from, lostTo);
    }
    return true;
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
