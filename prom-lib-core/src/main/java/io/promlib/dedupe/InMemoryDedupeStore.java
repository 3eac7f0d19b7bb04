package io.promlib.dedupe;

import io.promlib.event.Names;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What this process handled, for as long as it lives: of the ids that are done it remembers the
 * newest, up to a limit; what is being handled is never forgotten for that. No call blocks.
 */
public final class InMemoryDedupeStore implements DedupeStore {
  /** How many ids that are done are remembered where nothing else is said. */
  public static final int LIMIT = 100_000;

  private record Lease(String token, long until) {}

  private final int limit;

  /* Leases that ran out stay, as their holders may complete yet; when there are many they go. */
  private final Map<String, Lease> running = new HashMap<>();
  private int sweepAt;

  /* With their tokens, the oldest first. */
  private final Map<String, String> done = new LinkedHashMap<>();
  private long begun;

  public InMemoryDedupeStore() {
    this(LIMIT);
  }

  /**
   * A store that remembers so many ids that are done, at least 1.
   *
   * @throws IllegalArgumentException if it is to remember none
   */
  public InMemoryDedupeStore(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("limit must be at least 1, is " + limit);
    }
    this.limit = limit;
    this.sweepAt = limit;
  }

  @Override
  public synchronized Begin begin(String id, Duration lease, long now) {
    long until = now + DedupeStore.checked(lease).toMillis();
    if (done.containsKey(Names.id(id))) {
      return new Begin.Done();
    }
    Lease other = running.get(id);
    if (other != null && other.until() > now) {
      return new Begin.Busy(Duration.ofMillis(other.until() - now));
    }
    if (running.size() >= sweepAt) {
      running.values().removeIf(one -> one.until() <= now);
      sweepAt = Math.max(limit, 2 * running.size());
    }
    String token = Long.toString(++begun, 36);
    running.put(id, new Lease(token, until));
    return new Begin.Started(token);
  }

  @Override
  public synchronized boolean complete(String id, String token, long now) {
    if (token.equals(done.get(id))) {
      return true;
    }
    if (!abandon(id, token)) {
      return false;
    }
    if (done.size() >= limit) {
      done.remove(done.keySet().iterator().next());
    }
    done.put(id, token);
    return true;
  }

  @Override
  public synchronized boolean abandon(String id, String token) {
    Lease lease = running.get(id);
    return lease != null && lease.token().equals(token) && running.remove(id, lease);
  }

  @Override
  public void close() {}
}
