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
    /** In this process's claim. */
    CLAIM,
    /** Among those that wait for anybody. */
    WAITING
  }

  record Change(Where where, @Nullable Unfinished after) {}

  private static final Change DONE = new Change(Where.DONE, null);

  private final Map<EventKey, Change> changes = new LinkedHashMap<>();
  /* The plain case, an event done at its first attempt, without an object for each. */
  private long[] doneFresh = new long[16];
  private int doneCount;

  boolean isEmpty() {
    return doneCount == 0 && changes.isEmpty();
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

  void waiting(Unfinished after) {
    changes.put(EventKey.of(after), new Change(Where.WAITING, after));
  }

  void claimed(Unfinished after) {
    changes.put(EventKey.of(after), new Change(Where.CLAIM, after));
  }

  @Nullable Change change(EventKey event) {
    return changes.get(event);
  }

  Map<EventKey, Change> changes() {
    return changes;
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
    changes.putAll(later.changes);
  }

  void clear() {
    doneCount = 0;
    changes.clear();
  }
}
