package io.promlib.ops;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.TopicView;
import io.promlib.time.Timing;
import java.util.LinkedHashMap;
import java.util.Map;

/** What topics hold, counted anew every few seconds at most: a store may have to count events. */
final class Extents {
  private static final int MOST = 1000;
  private static final long FRESH_NANOS = 3_000_000_000L;

  private final BusAdmin admin;
  private final Timing timing;
  private final Map<String, Counted> known =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Counted> eldest) {
          return size() > MOST;
        }
      };

  private record Counted(TopicView view, long nanos) {}

  Extents(BusAdmin admin, Timing timing) {
    this.admin = admin;
    this.timing = timing;
  }

  TopicView of(String topic) {
    long now = timing.nanos();
    synchronized (known) {
      Counted last = known.get(topic);
      if (last != null && now - last.nanos() < FRESH_NANOS) {
        return last.view();
      }
    }
    TopicView view = admin.topic(topic);
    synchronized (known) {
      known.remove(topic);
      known.put(topic, new Counted(view, now));
    }
    return view;
  }

  /** Somebody changed something, and will look what became of it. */
  void forget() {
    synchronized (known) {
      known.clear();
    }
  }
}
