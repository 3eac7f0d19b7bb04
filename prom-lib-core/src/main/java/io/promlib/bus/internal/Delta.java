package io.promlib.bus.internal;

import io.promlib.store.SeqSet;
import io.promlib.store.Unfinished;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What has become of this process's events since the group's state was last written. The last word
 * on an event counts.
 */
final class Delta {
  /** Where an event belongs. */
  enum Where {
    /** Nowhere: it is done. */
    DONE,
    /** Nowhere: retention removed it before it was read. */
    LOST,
    /** In this process's claim. */
    CLAIM,
    /** Among those that wait for anybody. */
    WAITING
  }

  /**
   * A word on an event. It holds for an event in this process's claim, which nobody else changes.
   * {@code from} is the entry of the waiting list that it was taken back from, if it was: then it
   * holds also while that stands there unchanged. That an event is done holds wherever it waits.
   */
  record Change(Where where, @Nullable Unfinished after, @Nullable Unfinished from) {
    boolean holdsFor(Unfinished waiting) {
      return isOver() || waiting.equals(from);
    }

    boolean isOver() {
      return after == null;
    }
  }

  private static final Change DONE = new Change(Where.DONE, null, null);
  private static final Change LOST = new Change(Where.LOST, null, null);

  private final Map<EventKey, Change> changes = new LinkedHashMap<>();
  /* The plain case, an event done at its first attempt, without an object for each. */
  private long[] doneFresh = new long[16];
  private int doneCount;
  private SeqSet lostFresh = SeqSet.EMPTY;
  private boolean urgent;

  boolean isEmpty() {
    return doneCount == 0 && changes.isEmpty();
  }

  /** How many words there are. */
  int size() {
    return doneCount + changes.size();
  }

  /** Whether somebody waits for what is said here, so that it is not to be put off. */
  boolean isUrgent() {
    return urgent;
  }

  void doneFresh(long seq) {
    if (doneCount == doneFresh.length) {
      doneFresh = Arrays.copyOf(doneFresh, doneCount * 2);
    }
    doneFresh[doneCount++] = seq;
  }

  void done(EventKey event) {
    changes.put(event, DONE);
  }

  /** Some of those done at once were lost, and are counted as that. */
  void lostFresh(SeqSet positions) {
    lostFresh = lostFresh.plus(positions);
  }

  SeqSet lostFresh() {
    return lostFresh;
  }

  void lost(EventKey event) {
    changes.put(event, LOST);
  }

  void waiting(Unfinished after) {
    urgent = true;
    put(EventKey.of(after), new Change(Where.WAITING, after, null));
  }

  void claimed(Unfinished after) {
    put(EventKey.of(after), new Change(Where.CLAIM, after, null));
  }

  /** The same, where something waits until it is written. */
  void claimedUrgently(Unfinished after) {
    urgent = true;
    claimed(after);
  }

  /** The event was taken out of the waiting list, where it stood so. */
  void takenBack(Unfinished waiting) {
    urgent = true;
    put(EventKey.of(waiting), new Change(Where.CLAIM, waiting, waiting));
  }

  @Nullable Change change(EventKey event) {
    return changes.get(event);
  }

  Map<EventKey, Change> changes() {
    return changes;
  }

  boolean isDoneFresh(EventKey event) {
    for (int i = 0; i < doneCount; i++) {
      if (event.letter() == 0 && doneFresh[i] == event.seq()) {
        return true;
      }
    }
    return false;
  }

  /** All fresh positions that are no longer so: done at once, or changed since. */
  SeqSet doneFresh() {
    return doneCount == 0 ? SeqSet.EMPTY : SeqSet.of(doneFresh, doneCount);
  }

  /** Puts what stands here before what came later: this delta could not be written. */
  void addAll(Delta later) {
    for (int i = 0; i < later.doneCount; i++) {
      doneFresh(later.doneFresh[i]);
    }
    lostFresh(later.lostFresh);
    urgent |= later.urgent;
    later.changes.forEach(this::put);
  }

  /* Where the first word found the event is where the last has to find it, as only the last is written. */
  private void put(EventKey event, Change change) {
    Change before = changes.get(event);
    changes.put(
        event,
        before == null || change.isOver() || before.isOver()
            ? change
            : new Change(change.where(), change.after(), before.from()));
  }

  void clear() {
    doneCount = 0;
    lostFresh = SeqSet.EMPTY;
    urgent = false;
    changes.clear();
  }
}
