package io.promlib.bus.internal;

import io.promlib.bus.BusAdmin;
import io.promlib.bus.DeadLetters;
import io.promlib.bus.EndReason;
import io.promlib.bus.GroupLag;
import io.promlib.bus.GroupView;
import io.promlib.bus.StartAt;
import io.promlib.bus.TopicView;
import io.promlib.event.EventRecord;
import io.promlib.event.Names;
import io.promlib.event.Topic;
import io.promlib.store.Bounds;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore.Versioned;
import io.promlib.store.Overflow;
import io.promlib.store.Page;
import io.promlib.store.Slots;
import io.promlib.store.TopicSettings;
import io.promlib.store.Unfinished;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Views and changes, from the stores and what this process has in hand. */
final class Admin implements BusAdmin {
  private final Wiring wiring;
  private final Groups groups;
  private final Topics topics;

  Admin(Wiring wiring, Groups groups, Topics topics) {
    this.wiring = wiring;
    this.groups = groups;
    this.topics = topics;
  }

  @Override
  public List<TopicView> topics() {
    return topicNames().stream().map(this::topic).toList();
  }

  @Override
  public List<String> topicNames() {
    return wiring.events().topics().stream().sorted().toList();
  }

  @Override
  public TopicView topic(String topic) {
    Names.topic(topic);
    return new TopicView(topic, wiring.events().extent(topic), wiring.events().settings(topic));
  }

  @Override
  public void configure(String topic, TopicSettings settings) {
    Names.topic(topic);
    if (Names.isDeadLetterTopic(topic) && settings.overflow() == Overflow.DROP_OLDEST) {
      throw new IllegalArgumentException(
          "topic " + topic + " holds dead letters and never drops the oldest; choose REJECT");
    }
    wiring.events().configure(topic, settings);
    TopicRuntime known = topics.known(topic);
    if (known != null) {
      known.floorMoved();
    }
  }

  @Override
  public Page read(String topic, long from, int limit) {
    return wiring.events().read(Names.topic(topic), from, limit);
  }

  @Override
  public Bounds bounds(String topic) {
    return wiring.events().bounds(Names.topic(topic));
  }

  @Override
  public long position(String topic, StartAt start) {
    return groups.position(Names.topic(topic), start);
  }

  @Override
  public Optional<EventRecord> latest(String topic, String key) {
    return wiring.events().latest(Names.topic(topic), Names.key(key));
  }

  @Override
  public List<EventRecord> latestPage(String topic, @Nullable String after, int limit) {
    return wiring
        .events()
        .latestPage(Names.topic(topic), after == null ? null : Names.key(after), limit)
        .events();
  }

  @Override
  @SuppressWarnings("unchecked") // The topic couples the type with T.
  public <T> T payload(Topic<T> topic, EventRecord event) {
    Object payload = event.payload().as(topic.type(), wiring.mapper());
    if (payload == null) {
      throw new IllegalStateException(
          "event " + event.id() + " of " + event.topic() + " is a tombstone: it has no payload");
    }
    return (T) payload;
  }

  @Override
  public List<GroupView> groups(String topic) {
    Names.topic(topic);
    return wiring.groups().loadAll(topic).keySet().stream()
        .sorted()
        .flatMap(group -> group(topic, group).stream())
        .toList();
  }

  @Override
  public List<GroupKey> groupKeys() {
    return wiring.groups().list().stream()
        .sorted(Comparator.comparing(GroupKey::topic).thenComparing(GroupKey::group))
        .toList();
  }

  @Override
  public Optional<GroupView> group(String topic, String group) {
    GroupKey key = new GroupKey(topic, group);
    GroupRuntime runtime = groups.runtime(key);
    if (runtime != null) {
      runtime.flush();
    }
    return storedGroup(topic, group);
  }

  @Override
  public Optional<GroupView> storedGroup(String topic, String group) {
    GroupKey key = new GroupKey(topic, group);
    return groups.load(key).map(stored -> view(key, stored, groups.runtime(key)));
  }

  @Override
  public List<GroupLag> lags() {
    Map<String, List<GroupKey>> topics =
        wiring.groups().list().stream()
            .collect(Collectors.groupingBy(GroupKey::topic, TreeMap::new, Collectors.toList()));
    List<GroupLag> lags = new ArrayList<>();
    topics.forEach(
        (topic, keys) -> {
          // The bounds first: a group read later may only be nearer to that tail.
          Bounds bounds = wiring.events().bounds(topic);
          states(topic, keys)
              .forEach((group, state) -> lags.add(lag(new GroupKey(topic, group), state, bounds)));
        });
    return lags;
  }

  private Map<String, Versioned> states(String topic, List<GroupKey> keys) {
    Map<String, Versioned> states = new TreeMap<>();
    if (keys.size() == 1) {
      // A store may look at all groups to find those of one topic.
      groups.load(keys.get(0)).ifPresent(stored -> states.put(keys.get(0).group(), stored));
    } else {
      states.putAll(wiring.groups().loadAll(topic));
    }
    return states;
  }

  private GroupLag lag(GroupKey key, Versioned stored, Bounds bounds) {
    GroupRuntime runtime = groups.runtime(key);
    GroupState state = stored.state();
    return new GroupLag(
        key.topic(),
        key.group(),
        state.floor(),
        lag(state, bounds),
        runtime == null ? 0 : runtime.inFlight());
  }

  private GroupView view(GroupKey key, Versioned stored, @Nullable GroupRuntime runtime) {
    GroupState state = stored.state();
    Bounds bounds = wiring.events().bounds(key.topic());
    long floor = state.floor();
    Page last = wiring.events().read(key.topic(), floor, 1);
    Page oldest = wiring.events().read(key.topic(), floor + 1, 1);
    return new GroupView(
        key.topic(),
        key.group(),
        state.settings(),
        floor,
        last.events().stream().filter(event -> event.seq() == floor).findFirst(),
        lag(state, bounds),
        runtime == null ? 0 : runtime.inFlight(),
        state.unfinished(),
        state.skipped(),
        runtime == null ? 0 : runtime.subscribers(),
        failed(state).count(),
        failed(state).mapToInt(Unfinished::failures).max().orElse(0),
        oldest.events().stream().findFirst());
  }

  private static Stream<Unfinished> failed(GroupState state) {
    return Stream.concat(
            state.waiting().stream(),
            state.claims().stream().flatMap(claim -> claim.retried().stream()))
        .filter(event -> event.failures() > 0);
  }

  private static long lag(GroupState state, Bounds bounds) {
    return unclaimed(state, bounds) + state.unfinished();
  }

  /* Which slots the events are of is not known before they are read: each slot has one in 32 of them, on average. */
  private static long unclaimed(GroupState state, Bounds bounds) {
    Slots slots = state.slots();
    if (slots == null) {
      return unclaimed(state.next(), bounds);
    }
    long all = 0;
    for (int slot = 0; slot < Slots.COUNT; slot++) {
      all += unclaimed(slots.next(slot), bounds);
    }
    return (all + Slots.COUNT - 1) / Slots.COUNT;
  }

  private static long unclaimed(long next, Bounds bounds) {
    return Math.max(0, bounds.tail() - Math.max(next, bounds.first()) + 1);
  }

  @Override
  public boolean seek(String topic, String group, StartAt to) {
    GroupKey key = new GroupKey(topic, group);
    long next = groups.position(topic, to);
    long now = wiring.now();
    boolean sought =
        groups.change(key, state -> GroupSteps.seek(movable(key, state, next), next, now));
    GroupRuntime runtime = groups.runtime(key);
    if (sought && runtime != null) {
      runtime.lost(EndReason.SOUGHT);
    }
    return sought;
  }

  private static GroupState movable(GroupKey key, GroupState state, long next) {
    if (Names.isCompactorGroup(key.group()) && next > state.next()) {
      throw new IllegalArgumentException(
          "group "
              + key
              + " is a compactor's and stands at "
              + state.floor()
              + ": what it skipped would be missing from the snapshots; seek it back, never on");
    }
    return state;
  }

  @Override
  public boolean deleteGroup(String topic, String group) {
    GroupKey key = new GroupKey(topic, group);
    boolean deleted = groups.delete(key);
    GroupRuntime runtime = groups.runtime(key);
    if (deleted && runtime != null) {
      runtime.lost(EndReason.DELETED);
    }
    return deleted;
  }

  @Override
  public DeadLetters deadLetters(String topic) {
    return new Letters(Names.topic(topic), wiring, groups);
  }
}
