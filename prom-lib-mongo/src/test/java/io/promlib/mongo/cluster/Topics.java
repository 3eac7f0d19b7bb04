package io.promlib.mongo.cluster;

import io.promlib.bus.EventBus;
import io.promlib.bus.GroupView;
import io.promlib.event.EventRecord;
import io.promlib.store.Page;
import java.util.ArrayList;
import java.util.List;

/** Looks at topics and groups from the test's own process. */
final class Topics {
  private Topics() {}

  /** Every event that a topic holds, in the order of positions. */
  static List<EventRecord> all(EventBus bus, String topic) {
    List<EventRecord> all = new ArrayList<>();
    for (long from = 1; ; from = all.get(all.size() - 1).seq() + 1) {
      Page page = bus.admin().read(topic, from, 1_000);
      if (page.events().isEmpty()) {
        return all;
      }
      all.addAll(page.events());
    }
  }

  /** The ack floor, 0 if there is no such group yet. */
  static long floor(EventBus bus, String topic, String group) {
    return bus.admin().group(topic, group).map(GroupView::floor).orElse(0L);
  }
}
