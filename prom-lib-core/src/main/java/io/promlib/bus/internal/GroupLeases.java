package io.promlib.bus.internal;

import io.promlib.bus.AckResult;
import io.promlib.bus.Leases;
import io.promlib.event.EventRecord;
import io.promlib.store.GroupKey;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** Settles by id what a group of this process has in flight. */
record GroupLeases(GroupKey key, Topics topics, Wiring wiring) implements Leases {

  @Override
  public AckResult ack(String id, String lease) {
    return settle(id, lease, Lease::ack);
  }

  @Override
  public AckResult nack(String id, String lease, String reason, Duration delay) {
    return settle(id, lease, found -> found.nack(reason, delay));
  }

  @Override
  public AckResult extend(String id, String lease, Duration from) {
    return settle(id, lease, found -> found.extend(from));
  }

  @Override
  public AckResult terminate(String id, String lease, String reason) {
    return settle(id, lease, found -> found.terminate(reason));
  }

  private AckResult settle(String id, String lease, Function<Lease, AckResult> call) {
    GroupRuntime group = topics.group(key);
    if (group == null) {
      return AckResult.UNKNOWN;
    }
    Lease found = group.find(id, lease);
    if (found != null) {
      return call.apply(found);
    }
    Optional<EventRecord> event = wiring.events().find(key.topic(), id);
    return event.isEmpty() ? AckResult.UNKNOWN : group.fate(event.get());
  }
}
