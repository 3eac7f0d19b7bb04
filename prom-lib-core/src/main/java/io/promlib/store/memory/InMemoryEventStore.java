package io.promlib.store.memory;

import io.promlib.bus.LimitException;
import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import io.promlib.store.Bounds;
import io.promlib.store.Draft;
import io.promlib.store.EventStore;
import io.promlib.store.Extent;
import io.promlib.store.LatestPage;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Topics on the heap. A read takes no lock; appends to one topic wait for each other. Names are
 * taken as they are.
 *
 * <p>An event counts 128 bytes, 40 and two a character for each of its strings, a little for each
 * entry of its lists and of the store's indexes, and its payload: the JSON's length if it was
 * encoded at the append, else what the sizer says.
 *
 * <p>Counts and bytes of a topic are held to at its appends, its age at {@link #trim}. At the
 * budget the topic being published to drops its own oldest events, or is full, by its {@link
 * io.promlib.store.Overflow}.
 *
 * <p>Ids that publishers gave are remembered even when the event was removed; a duplicate of such a
 * one is answered with its id, positions and times and no payload. They count towards the budget
 * and not the topic's own bytes, and are forgotten early only where the budget is full and the
 * topic has no event left. Ids that the bus made are not looked for by an append.
 */
public final class InMemoryEventStore implements EventStore {
  private static final Logger LOG = LoggerFactory.getLogger(InMemoryEventStore.class);

  private final InMemoryLimits limits;
  private final Sizes sizes;
  private final Budget budget;
  private final ConcurrentHashMap<String, MemoryTopic> topics = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Listener[]> listeners = new ConcurrentHashMap<>();

  public InMemoryEventStore() {
    this(InMemoryLimits.defaults());
  }

  public InMemoryEventStore(InMemoryLimits limits) {
    this.limits = limits;
    this.sizes = new Sizes(limits.sizer());
    this.budget = new Budget(limits.budget());
  }

  @Override
  public boolean blocks() {
    return false;
  }

  /**
   * {@inheritDoc}
   *
   * @throws LimitException if the topic is one too many
   */
  @Override
  public List<Published> append(String topic, List<Draft> events, long now) {
    int size = events.size();
    if (size == 0) {
      return List.of();
    }
    List<Published> answer = made(topic).append(events, sizes(events), now);
    for (Published published : answer) {
      if (!published.duplicate()) {
        tell(topic);
        break;
      }
    }
    return answer;
  }

  /**
   * {@inheritDoc}
   *
   * @throws LimitException if the topic is one too many
   */
  @Override
  public List<Published> appendAt(String topic, long tail, List<Draft> events, long now) {
    if (events.isEmpty()) {
      return List.of();
    }
    List<Published> answer = made(topic).appendAt(tail, events, sizes(events), now);
    if (!answer.isEmpty()) {
      tell(topic);
    }
    return answer;
  }

  private long[] sizes(List<Draft> events) {
    long[] all = new long[events.size()];
    Arrays.setAll(all, i -> sizes.of(events.get(i)));
    return all;
  }

  @Override
  public @Nullable Published append(String topic, Draft event, long now) {
    Published published = made(topic).append(event, sizes.of(event), now);
    if (published != null && !published.duplicate()) {
      tell(topic);
    }
    return published;
  }

  private void tell(String topic) {
    Listener[] told = listeners.get(topic);
    if (told != null) {
      for (Listener listener : told) {
        listener.appended();
      }
    }
  }

  @Override
  public Page read(String topic, long from, int limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit must not be negative, is " + limit);
    }
    MemoryTopic known = topics.get(topic);
    return known == null ? new Page(1, 0, List.of()) : known.read(from, limit);
  }

  @Override
  public Bounds bounds(String topic) {
    MemoryTopic known = topics.get(topic);
    return known == null ? new Bounds(1, 0) : known.bounds();
  }

  @Override
  public Extent extent(String topic) {
    MemoryTopic known = topics.get(topic);
    return known == null ? new Extent(1, 0, 0, 0) : known.extent();
  }

  @Override
  public Optional<EventRecord> find(String topic, String id) {
    MemoryTopic known = topics.get(topic);
    return known == null ? Optional.empty() : known.find(id);
  }

  @Override
  public OptionalLong firstSince(String topic, long ts) {
    MemoryTopic known = topics.get(topic);
    return known == null ? OptionalLong.empty() : known.firstSince(ts);
  }

  @Override
  public long lastUntil(String topic, long at) {
    MemoryTopic known = topics.get(topic);
    return known == null ? 0 : known.lastUntil(at);
  }

  @Override
  public Optional<EventRecord> latest(String topic, String key, long atMost) {
    MemoryTopic known = topics.get(topic);
    return known == null ? Optional.empty() : Optional.ofNullable(known.latest(key, atMost));
  }

  @Override
  public void latest(
      String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each) {
    MemoryTopic known = topics.get(topic);
    if (known != null) {
      for (String key : Set.copyOf(keys)) {
        EventRecord event = known.latest(key, atMost);
        if (event != null) {
          each.accept(event);
        }
      }
    }
  }

  @Override
  public Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost) {
    MemoryTopic known = topics.get(topic);
    return known == null ? Map.of() : known.latestSeqs(keys, atMost);
  }

  @Override
  public LatestPage latestPage(String topic, @Nullable String after, int limit, long atMost) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, is " + limit);
    }
    MemoryTopic known = topics.get(topic);
    return known == null ? new LatestPage(List.of(), null) : known.latestPage(after, limit, atMost);
  }

  @Override
  public boolean trim(String topic, long below, long now) {
    MemoryTopic known = topics.get(topic);
    return known != null && known.trim(below, now);
  }

  @Override
  public void removeBelow(String topic, long below) {
    MemoryTopic known = topics.get(topic);
    if (known != null) {
      known.removeBelow(below);
    }
  }

  @Override
  public void remove(String topic, Collection<Long> seqs) {
    MemoryTopic known = topics.get(topic);
    if (known != null) {
      known.remove(seqs);
    }
  }

  @Override
  public long compacted(String topic) {
    MemoryTopic known = topics.get(topic);
    return known == null ? 0 : known.compacted();
  }

  @Override
  public void raiseCompacted(String topic, long to) {
    MemoryTopic known = topics.get(topic);
    if (known != null) {
      known.raiseCompacted(to);
    }
  }

  @Override
  public List<String> topics() {
    return List.copyOf(topics.keySet());
  }

  /**
   * {@inheritDoc}
   *
   * @throws LimitException if the topic is one too many
   */
  @Override
  public void configure(String topic, TopicSettings settings) {
    made(topic).configure(settings);
  }

  @Override
  public TopicSettings settings(String topic) {
    MemoryTopic known = topics.get(topic);
    return known == null ? limits.settings() : known.settings();
  }

  @Override
  public Registration onAppend(String topic, Runnable listener) {
    Listener added = new Listener(topic, listener);
    listeners.merge(topic, new Listener[] {added}, InMemoryEventStore::joined);
    return () -> listeners.computeIfPresent(topic, (name, all) -> without(all, added));
  }

  /**
   * The estimated bytes of all topics together, remembered ids included: what the budget bounds.
   */
  public long usedBytes() {
    return budget.used();
  }

  /**
   * Ends the calls of listeners. What is held goes when the store itself is no longer reachable.
   */
  @Override
  public void close() {
    listeners.clear();
  }

  private static Listener[] joined(Listener[] some, Listener[] more) {
    Listener[] all = Arrays.copyOf(some, some.length + more.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  private static Listener @Nullable [] without(Listener[] all, Listener gone) {
    Listener[] left =
        Arrays.stream(all).filter(other -> !other.equals(gone)).toArray(Listener[]::new);
    return left.length == 0 ? null : left;
  }

  private MemoryTopic made(String topic) {
    MemoryTopic known = topics.get(topic);
    return known != null ? known : make(topic);
  }

  private synchronized MemoryTopic make(String topic) {
    @Nullable MemoryTopic known = topics.get(topic);
    if (known != null) {
      return known;
    }
    if (topics.size() >= limits.maxTopics()) {
      throw new LimitException(
          "topic "
              + topic
              + " was not made: there are "
              + limits.maxTopics()
              + " topics already; publish to fewer topics, or give the store a higher maxTopics");
    }
    MemoryTopic made = new MemoryTopic(topic, limits.settings(), budget, limits.rememberedIds());
    topics.put(topic, made);
    return made;
  }

  /* An object of its own for each registration, so that one listener may be registered twice. */
  private static final class Listener {
    private final String topic;
    private final Runnable call;

    Listener(String topic, Runnable call) {
      this.topic = topic;
      this.call = call;
    }

    void appended() {
      try {
        call.run();
      } catch (RuntimeException e) {
        LOG.warn("a listener failed after an append to {}; the append stands", topic, e);
      }
    }
  }
}
