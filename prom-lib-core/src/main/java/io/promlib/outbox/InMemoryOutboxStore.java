package io.promlib.outbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.promlib.bus.LimitException;
import io.promlib.event.PublishOptions;
import io.promlib.event.Topic;
import io.promlib.store.EventStore;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * An outbox on the heap, for hosts that have no database and for tests: it lives and dies with the
 * process. Nothing blocks. What bounds it stands in {@link InMemoryOutboxStoreBuilder}.
 */
public final class InMemoryOutboxStore implements OutboxStore {
  /*
   * Everything is under one lock. A lane is in `waiting` exactly while its head may be claimed at some time by that time
   * alone, at the time `freeAt`; whoever changes a record takes its lane out first and places it anew after (see change).
   * A claim moves those whose time has come to `ready`, where the oldest head is first: then no key, however old or busy,
   * keeps another one waiting, nor does what comes keep what comes again.
   * So a claim looks at lanes it takes from, and at none that is held back.
   */
  private record Id(String topic, String id) implements Comparable<Id> {
    @Override
    public int compareTo(Id other) {
      int topics = topic.compareTo(other.topic);
      return topics != 0 ? topics : id.compareTo(other.id);
    }
  }

  /* Not a record: a listener that is registered twice is two. */
  private static final class Listening {
    final Runnable listener;

    Listening(Runnable listener) {
      this.listener = listener;
    }
  }

  private final Object lock = new Object();
  private final NavigableMap<Id, Entry> entries = new TreeMap<>();
  private final Map<Lane.Key, Lane> lanes = new HashMap<>();
  private final TreeSet<Lane> waiting =
      new TreeSet<>(
          Comparator.comparingLong((Lane lane) -> lane.freeAt).thenComparing(lane -> lane.number));
  private final TreeSet<Lane> ready = new TreeSet<>(Comparator.comparingLong(lane -> lane.head));
  private final TreeSet<Entry> sent =
      new TreeSet<>(
          Comparator.comparingLong((Entry entry) -> entry.sentAt)
              .thenComparing(entry -> entry.number));
  private final CopyOnWriteArrayList<Listening> listeners = new CopyOnWriteArrayList<>();
  private final int maxUnsent;
  private final int maxSent;
  private final int maxOrderedKeys;
  private final ObjectMapper mapper;
  private final Timing timing;
  private final boolean ownsTiming;
  private long made;
  private long sortedOut;
  private int orderedLanes;

  /** With the defaults of {@link InMemoryOutboxStoreBuilder}. */
  public InMemoryOutboxStore() {
    this(builder());
  }

  InMemoryOutboxStore(InMemoryOutboxStoreBuilder settings) {
    this.maxUnsent = settings.maxUnsent;
    this.maxSent = settings.maxSent;
    this.maxOrderedKeys = settings.maxOrderedKeys;
    this.mapper = settings.mapper;
    this.ownsTiming = settings.timing == null;
    this.timing = settings.timing == null ? Timing.system() : settings.timing;
  }

  public static InMemoryOutboxStoreBuilder builder() {
    return new InMemoryOutboxStoreBuilder();
  }

  /**
   * Adds a record in the order of adding, and answers its id.
   *
   * @throws LimitException if the outbox holds as many as it may
   */
  public <T> String add(Topic<T> topic, T payload, PublishOptions options) {
    return add(topic, payload, options, 0);
  }

  /**
   * Adds a record at a place among those of its key, from 1 without gaps, and answers its id.
   *
   * @throws IllegalArgumentException if that place is taken, or the key has records in the order of
   *     adding
   * @throws LimitException if the outbox holds as many as it may
   */
  public <T> String add(Topic<T> topic, T payload, PublishOptions options, long order) {
    long now = timing.millis();
    OutboxDraft draft = OutboxDraft.of(topic, payload, options, now, mapper).order(order);
    add(draft, now);
    return draft.id();
  }

  @Override
  public boolean add(OutboxDraft draft, long now) {
    synchronized (lock) {
      Id id = new Id(draft.topic(), draft.id());
      if (entries.containsKey(id)) {
        return false;
      }
      if (entries.size() - sent.size() >= maxUnsent) {
        throw new LimitException(
            "record "
                + draft.id()
                + " was not added: the outbox holds "
                + maxUnsent
                + " records that are not sent; drain it, or give it a higher maxUnsent");
      }
      Lane lane = lane(draft);
      long seq =
          draft.order() > 0 ? draft.order() : draft.meta().key() == null ? 0 : lane.nextSeq();
      Entry entry = new Entry(draft, made++, lane, seq);
      take(lane);
      try {
        lane.add(entry);
      } finally {
        place(lane);
      }
      entries.put(id, entry);
    }
    tell();
    return true;
  }

  private Lane lane(OutboxDraft draft) {
    boolean ordered = draft.order() > 0;
    String key = draft.meta().key();
    if (key == null) {
      return new Lane(made, false);
    }
    Lane.Key name = new Lane.Key(draft.topic(), key);
    Lane known = lanes.get(name);
    if (known == null) {
      if (ordered && orderedLanes >= maxOrderedKeys) {
        throw new LimitException(
            "record "
                + draft.id()
                + " was not added: "
                + maxOrderedKeys
                + " keys have an order that callers give, and where each stands is remembered;"
                + " give the outbox a higher maxOrderedKeys");
      }
      known = new Lane(made, ordered);
      lanes.put(name, known);
      orderedLanes += ordered ? 1 : 0;
    } else if (known.ordered != ordered) {
      throw new IllegalArgumentException(
          "key "
              + key
              + " on "
              + draft.topic()
              + " has records "
              + (ordered ? "without" : "with")
              + " an order that the caller gives, record "
              + draft.id()
              + " comes "
              + (ordered ? "with one" : "without"));
    }
    return known;
  }

  @Override
  public List<OutboxClaim> claim(String owner, int limit, Duration lease, long now) {
    if (lease.compareTo(Duration.ofMillis(1)) < 0) {
      throw new IllegalArgumentException("lease must be at least 1 ms, is " + lease);
    }
    List<OutboxClaim> claims = new ArrayList<>();
    synchronized (lock) {
      sortOut(now);
      while (claims.size() < limit && !ready.isEmpty()) {
        Lane lane = ready.first();
        change(
            lane,
            () -> {
              for (Entry entry : lane.free(limit - claims.size(), now)) {
                String token = UUID.randomUUID().toString();
                entry.claim(token, now + lease.toMillis());
                claims.add(new OutboxClaim(entry.view(), token));
              }
            });
      }
    }
    return claims;
  }

  @Override
  public Set<OutboxClaim> renew(List<OutboxClaim> claims, Duration lease, long now) {
    Set<OutboxClaim> lost = new LinkedHashSet<>();
    synchronized (lock) {
      for (OutboxClaim claim : claims) {
        Entry entry = held(claim);
        if (entry == null) {
          lost.add(claim);
        } else {
          change(entry.lane, () -> entry.leaseUntil = now + lease.toMillis());
        }
      }
    }
    return lost;
  }

  @Override
  public Set<OutboxClaim> settle(List<OutboxOutcome> outcomes, long now) {
    Set<OutboxClaim> lost = new LinkedHashSet<>();
    synchronized (lock) {
      for (OutboxOutcome outcome : outcomes) {
        Entry entry = held(outcome.claim());
        if (entry == null) {
          lost.add(outcome.claim());
        } else {
          change(entry.lane, () -> settle(entry, outcome, now));
        }
      }
      while (sent.size() > maxSent) {
        remove(sent.first());
      }
    }
    return lost;
  }

  private void settle(Entry entry, OutboxOutcome outcome, long now) {
    if (outcome instanceof OutboxOutcome.Sent) {
      entry.rest(OutboxStatus.SENT, entry.due);
      entry.lane.sent(entry);
      entry.sentAt = now;
      sent.add(entry);
    } else if (outcome instanceof OutboxOutcome.Retry retry) {
      entry.rest(OutboxStatus.PENDING, retry.due());
      entry.attempts++;
      entry.lastError = retry.error();
    } else if (outcome instanceof OutboxOutcome.Failed failed) {
      entry.rest(OutboxStatus.ERROR, entry.due);
      entry.attempts++;
      entry.lastError = failed.error();
    } else if (outcome instanceof OutboxOutcome.HandedBack back) {
      entry.rest(OutboxStatus.PENDING, back.due());
    }
  }

  @Override
  public int removeSent(long before, int limit) {
    synchronized (lock) {
      int removed = 0;
      while (removed < limit && !sent.isEmpty() && sent.first().sentAt < before) {
        remove(sent.first());
        removed++;
      }
      return removed;
    }
  }

  private void remove(Entry entry) {
    sent.remove(entry);
    entries.remove(new Id(entry.draft.topic(), entry.draft.id()));
    String key = entry.draft.meta().key();
    Lane lane = entry.lane;
    lane.records--;
    // Where a key stands whose order callers give must outlive its records.
    if (key != null && lane.records == 0 && !lane.ordered) {
      lanes.remove(new Lane.Key(entry.draft.topic(), key));
    }
  }

  @Override
  public OutboxCounts counts() {
    synchronized (lock) {
      Map<OutboxStatus, Long> of = new EnumMap<>(OutboxStatus.class);
      OptionalLong oldest = OptionalLong.empty();
      for (Entry entry : entries.values()) {
        of.merge(entry.status, 1L, Long::sum);
        if (entry.status == OutboxStatus.PENDING || entry.status == OutboxStatus.CLAIMED) {
          oldest = OptionalLong.of(Math.min(oldest.orElse(Long.MAX_VALUE), entry.draft.ts()));
        }
      }
      return new OutboxCounts(
          of.getOrDefault(OutboxStatus.PENDING, 0L),
          of.getOrDefault(OutboxStatus.CLAIMED, 0L),
          of.getOrDefault(OutboxStatus.SENT, 0L),
          of.getOrDefault(OutboxStatus.ERROR, 0L),
          oldest);
    }
  }

  @Override
  public List<OutboxRecord> list(OutboxStatus status, @Nullable OutboxRecord after, int limit) {
    synchronized (lock) {
      NavigableMap<Id, Entry> behind =
          after == null ? entries : entries.tailMap(new Id(after.topic(), after.id()), false);
      return behind.values().stream()
          .filter(entry -> entry.status == status)
          .limit(limit)
          .map(Entry::view)
          .toList();
    }
  }

  @Override
  public boolean requeue(String topic, String id, long now) {
    return revive(topic, id, false);
  }

  @Override
  public boolean drop(String topic, String id, long now) {
    return revive(topic, id, true);
  }

  private boolean revive(String topic, String id, boolean dropped) {
    synchronized (lock) {
      Entry entry = entries.get(new Id(topic, id));
      if (entry == null || entry.status != OutboxStatus.ERROR) {
        return false;
      }
      change(
          entry.lane,
          () -> {
            entry.rest(OutboxStatus.PENDING, 0);
            entry.dropped = dropped;
            entry.attempts = dropped ? entry.attempts : 0;
          });
    }
    tell();
    return true;
  }

  @Override
  public EventStore.Registration onAdd(Runnable listener) {
    Listening listening = new Listening(listener);
    listeners.add(listening);
    return () -> listeners.remove(listening);
  }

  /** Drops nothing: it ends the clock's thread, if the store made the clock. Idempotent. */
  @Override
  public void close() {
    if (ownsTiming) {
      timing.close();
    }
  }

  private void tell() {
    listeners.forEach(listening -> listening.listener.run());
  }

  private @Nullable Entry held(OutboxClaim claim) {
    Entry entry = entries.get(new Id(claim.record().topic(), claim.record().id()));
    return entry != null && entry.isHeldBy(claim) ? entry : null;
  }

  private void sortOut(long now) {
    if (now < sortedOut) {
      // A clock went back, or another drainer's is behind.
      waiting.addAll(ready);
      ready.clear();
    }
    sortedOut = now;
    while (!waiting.isEmpty() && waiting.first().freeAt <= now) {
      ready.add(waiting.pollFirst());
    }
  }

  private void take(Lane lane) {
    waiting.remove(lane);
    ready.remove(lane);
  }

  private void change(Lane lane, Runnable change) {
    take(lane);
    change.run();
    place(lane);
  }

  private void place(Lane lane) {
    lane.freeAt = lane.headFreeAt();
    lane.head = lane.unsent.isEmpty() ? lane.number : lane.unsent.firstEntry().getValue().number;
    if (lane.freeAt != Long.MAX_VALUE) {
      waiting.add(lane);
    }
  }
}
