package io.promlib.ws;

import com.fasterxml.jackson.databind.JsonNode;
import io.promlib.bus.AckResult;
import io.promlib.bus.Delivery;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The deliveries that a subscription's client was sent and has not settled, and what became of the
 * last ones that it has. Safe for use by many threads.
 */
final class HeldEvents {
  private static final int REMEMBERED = 1000;

  private final Map<String, Delivery<JsonNode>> held = new ConcurrentHashMap<>();
  private final Map<String, AckResult> past =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, AckResult> eldest) {
          return size() > REMEMBERED;
        }
      };
  private volatile int sweepAt = REMEMBERED;

  void add(Delivery<JsonNode> delivery) {
    held.put(delivery.record().id(), delivery);
  }

  /** The delivery of this event, under this lease if one is given. */
  @Nullable Delivery<JsonNode> get(String id, @Nullable String lease) {
    Delivery<JsonNode> delivery = held.get(id);
    return delivery != null && (lease == null || lease.equals(delivery.lease())) ? delivery : null;
  }

  /** What to answer for an event that is not held, or not under this lease. */
  AckResult past(String id, @Nullable String lease) {
    if (lease != null && held.containsKey(id)) {
      return AckResult.STALE_LEASE;
    }
    synchronized (past) {
      return past.getOrDefault(id, AckResult.UNKNOWN);
    }
  }

  /** The delivery is no longer held; {@code later} answers who asks again. */
  void settled(Delivery<?> delivery, AckResult later) {
    String id = delivery.record().id();
    if (held.remove(id, delivery)) {
      synchronized (past) {
        past.remove(id);
        past.put(id, later);
      }
    }
  }

  /** Once there are many, lets go of what was lost to others and never settled here. */
  void sweep() {
    if (held.size() > sweepAt) {
      for (Delivery<JsonNode> delivery : held.values()) {
        if (delivery.leaseLost()) {
          settled(delivery, AckResult.STALE_LEASE);
        }
      }
      sweepAt = Math.max(REMEMBERED, held.size() * 2);
    }
  }

  void clear() {
    held.clear();
  }
}
