package io.promlib.examples.bench.state;

import io.promlib.bus.EventBus;
import io.promlib.event.EventMeta;
import io.promlib.event.EventRecord;
import io.promlib.event.Json;
import io.promlib.event.Payload;
import io.promlib.event.Topic;
import io.promlib.state.Compactor;
import io.promlib.state.StateView;
import io.promlib.store.Draft;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import io.promlib.store.memory.InMemoryEventStore;
import io.promlib.store.memory.InMemoryGroupStore;
import io.promlib.store.memory.InMemoryLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One way to come to the state of a topic. */
enum StateCase {
  SNAPSHOTS("a view, from snapshots", true),
  NO_SNAPSHOTS("a view, without a compactor", false),
  FOLD("folding the whole topic", false);

  private static final Topic<Reading> TOPIC = Topic.of("bench.state", Reading.class);
  private static final int AT_ONCE = 1000;

  /** What a key's events say. */
  record Reading(long number, String name, double load, boolean alive) {}

  private final String label;
  private final boolean compacted;

  StateCase(String label, boolean compacted) {
    this.label = label;
    this.compacted = compacted;
  }

  String label() {
    return label;
  }

  /** A bus with a history of so many events over so many keys. */
  EventBus ground(int events, int keys) {
    InMemoryEventStore store =
        new InMemoryEventStore(
            InMemoryLimits.defaults().budget(Long.MAX_VALUE / 4).settings(TopicSettings.UNLIMITED));
    List<Draft> drafts = new ArrayList<>(AT_ONCE);
    for (int i = 0; i < events; i++) {
      drafts.add(draft(i, keys));
      if (drafts.size() == AT_ONCE || i == events - 1) {
        store.append(TOPIC.name(), drafts, i);
        drafts.clear();
      }
    }
    EventBus bus = EventBus.builder().stores(store, new InMemoryGroupStore()).build();
    if (compacted) {
      try (Compactor compactor = Compactor.builder(bus, TOPIC.name()).build()) {
        compactor.runToEnd();
      }
    }
    return bus;
  }

  private static Draft draft(int number, int keys) {
    int key = (int) (number * 2_654_435_761L % keys);
    String json =
        "{\"number\":" + number + ",\"name\":\"process-" + key + "\",\"load\":12.5,\"alive\":true}";
    EventMeta meta = new EventMeta("host:java:" + key, Map.of(), List.of(), List.of(), null);
    Payload payload = Payload.checkedJson(json.getBytes(StandardCharsets.UTF_8));
    return new Draft("e" + number, false, number, payload, meta);
  }

  /** Comes to the state once; how many keys it has. */
  int start(EventBus bus) {
    if (this == FOLD) {
      return fold(bus).size();
    }
    try (StateView<Reading> view = StateView.open(bus, TOPIC)) {
      return view.size();
    }
  }

  /** As a reader without the library's help does it: every event is read as what it is. */
  private static Map<String, Reading> fold(EventBus bus) {
    Map<String, Reading> state = new HashMap<>();
    Page page = bus.admin().read(TOPIC.name(), 1, AT_ONCE);
    while (!page.events().isEmpty()) {
      for (EventRecord event : page.events()) {
        if (event.payload().as(Reading.class, Json.mapper()) instanceof Reading reading) {
          state.put(String.valueOf(event.key()), reading);
        }
      }
      long last = page.events().get(page.events().size() - 1).seq();
      page = bus.admin().read(TOPIC.name(), last + 1, AT_ONCE);
    }
    return state;
  }
}
