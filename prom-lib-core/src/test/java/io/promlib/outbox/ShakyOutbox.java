package io.promlib.outbox;

import io.promlib.store.EventStore;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One process's way to a shared outbox: around any call something may go wrong. */
record ShakyOutbox(OutboxStore real, Faults faults) implements OutboxStore {

  /** What may go wrong around a call. */
  interface Faults {
    /** Makes the call, or not, and may crash, throw, or let others go first or next. */
    <R> R strike(String call, Supplier<R> real);
  }

  @Override
  public boolean add(OutboxDraft draft, long now) {
    return faults.strike("add", () -> real.add(draft, now));
  }

  @Override
  public List<OutboxClaim> claim(String owner, int limit, Duration lease, long now) {
    return faults.strike("claim", () -> real.claim(owner, limit, lease, now));
  }

  @Override
  public Set<OutboxClaim> renew(List<OutboxClaim> claims, Duration lease, long now) {
    return faults.strike("renew", () -> real.renew(claims, lease, now));
  }

  @Override
  public Set<OutboxClaim> settle(List<OutboxOutcome> outcomes, long now) {
    return faults.strike("settle", () -> real.settle(outcomes, now));
  }

  @Override
  public int removeSent(long before, int limit) {
    return faults.strike("removeSent", () -> real.removeSent(before, limit));
  }

  @Override
  public EventStore.Registration onAdd(Runnable listener) {
    return faults.strike("onAdd", () -> real.onAdd(listener));
  }

  @Override
  public OutboxCounts counts() {
    return real.counts();
  }

  @Override
  public List<OutboxRecord> list(OutboxStatus status, @Nullable OutboxRecord after, int limit) {
    return real.list(status, after, limit);
  }

  @Override
  public boolean requeue(String topic, String id, long now) {
    return real.requeue(topic, id, now);
  }

  @Override
  public boolean drop(String topic, String id, long now) {
    return real.drop(topic, id, now);
  }

  @Override
  public void close() {}
}
