package io.promlib.store.memory;

import io.promlib.bus.LimitException;
import io.promlib.store.GroupKey;
import io.promlib.store.GroupState;
import io.promlib.store.GroupStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Groups on the heap. Nothing blocks; closing does nothing. */
public final class InMemoryGroupStore implements GroupStore {
  public static final int MAX_GROUPS = 10_000;

  private final int maxGroups;
  private final AtomicInteger count = new AtomicInteger();
  private final ConcurrentHashMap<GroupKey, Versioned> groups = new ConcurrentHashMap<>();

  public InMemoryGroupStore() {
    this(MAX_GROUPS);
  }

  /**
   * A store of at most so many groups; making one more is refused with a {@link LimitException}.
   */
  public InMemoryGroupStore(int maxGroups) {
    if (maxGroups < 1) {
      throw new IllegalArgumentException("maxGroups must be at least 1, is " + maxGroups);
    }
    this.maxGroups = maxGroups;
  }

  @Override
  public boolean blocks() {
    return false;
  }

  @Override
  public Optional<Versioned> load(GroupKey group) {
    return Optional.ofNullable(groups.get(group));
  }

  @Override
  public Optional<Versioned> compareAndSet(
      GroupKey group, @Nullable Version expected, GroupState next) {
    Versioned current = groups.get(group);
    if (expected == null) {
      return current == null ? make(group, next) : Optional.empty();
    }
    if (current == null || !current.version().equals(expected)) {
      return Optional.empty();
    }
    Versioned written = versioned(next, expected.count() + 1);
    return groups.replace(group, current, written) ? Optional.of(written) : Optional.empty();
  }

  @Override
  public boolean delete(GroupKey group, Version expected) {
    Versioned current = groups.get(group);
    boolean deleted =
        current != null && current.version().equals(expected) && groups.remove(group, current);
    if (deleted) {
      count.decrementAndGet();
    }
    return deleted;
  }

  @Override
  public List<GroupKey> list() {
    return List.copyOf(groups.keySet());
  }

  @Override
  public Map<String, Versioned> loadAll(String topic) {
    Map<String, Versioned> found = new HashMap<>();
    groups.forEach(
        (key, stored) -> {
          if (key.topic().equals(topic)) {
            found.put(key.group(), stored);
          }
        });
    return found;
  }

  @Override
  public List<GroupKey> expired(long now) {
    List<GroupKey> expired = new ArrayList<>();
    groups.forEach(
        (key, stored) -> {
          if (stored.state().expiresAt() < now) {
            expired.add(key);
          }
        });
    return expired;
  }

  @Override
  public void close() {}

  private Optional<Versioned> make(GroupKey group, GroupState state) {
    if (count.incrementAndGet() > maxGroups) {
      count.decrementAndGet();
      throw new LimitException(
          "group "
              + group
              + " was not made: there are "
              + maxGroups
              + " groups already; delete groups that nobody needs, or give the store a higher"
              + " maxGroups");
    }
    Versioned made = versioned(state, 1);
    if (groups.putIfAbsent(group, made) == null) {
      return Optional.of(made);
    }
    count.decrementAndGet();
    return Optional.empty();
  }

  private static Versioned versioned(GroupState state, long count) {
    return new Versioned(state, new Version(count, ThreadLocalRandom.current().nextLong()));
  }
}
