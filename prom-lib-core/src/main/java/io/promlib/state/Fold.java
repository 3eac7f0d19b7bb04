package io.promlib.state;

import io.promlib.event.EventRecord;
import io.promlib.store.Page;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A stretch of a topic, folded to the last event of each key, in bounded memory. */
final class Fold {
  private static final Logger LOG = LoggerFactory.getLogger(Fold.class);
  private static final int PAGE = 1000;
  private static final long MOST_BYTES = 16 << 20;

  private final CompactorSettings settings;
  private final Map<String, EventRecord> last = new LinkedHashMap<>();
  private final long from;
  private long covered;
  private int events;
  private long lost;
  private long bytes;
  private boolean more = true;

  private Fold(CompactorSettings settings, long from) {
    this.settings = settings;
    this.from = from;
    this.covered = from - 1;
  }

  /** Folds what is there from a position on, as far as one run goes. */
  static Fold from(long position, CompactorSettings settings) {
    Fold fold = new Fold(settings, position);
    while (fold.more && fold.events < settings.batchSize() && fold.bytes < MOST_BYTES) {
      fold.page();
    }
    return fold;
  }

  private void page() {
    int limit = Math.min(PAGE, settings.batchSize() - events);
    Page page = settings.events().read(settings.source().topic(), covered + 1, limit);
    long to = page.covered(limit);
    if (to <= covered) {
      more = false;
      return;
    }
    gap(page, to);
    page.events().forEach(this::take);
    covered = to;
  }

  private void gap(Page page, long to) {
    long there = page.events().isEmpty() ? to + 1 : page.events().get(0).seq();
    long end = Math.min(page.first(), there) - 1;
    if (end > covered) {
      lost += end - covered;
      settings.listener().onGap(covered + 1, end);
    }
  }

  private void take(EventRecord event) {
    events++;
    String key;
    try {
      key = settings.source().keyOf(event);
    } catch (RuntimeException e) {
      LOG.warn("event {} of {} has no key that can be read", event.id(), event.topic(), e);
      settings.listener().onBadEvent(event.seq(), e);
      return;
    }
    if (key != null) {
      last.remove(key);
      EventRecord before = last.put(key, event);
      bytes += size(event) - (before == null ? 0 : size(before));
    }
  }

  private static long size(EventRecord event) {
    return Math.max(0, event.payload().encodedLength());
  }

  /** The last event of each key, in the order of positions. */
  Map<String, EventRecord> last() {
    return last;
  }

  /** Everything up to this position was read, or was removed. */
  long covered() {
    return covered;
  }

  int events() {
    return events;
  }

  /** How many positions retention removed before they were read. */
  long lost() {
    return lost;
  }

  boolean isEmpty() {
    return covered < from;
  }

  boolean hasMore() {
    return more;
  }
}
