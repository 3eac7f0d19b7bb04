package io.promlib.bus;

import java.time.Duration;

/**
 * The settling calls of {@link Delivery}, by event id and lease, for deliveries of this process.
 * They search what is in flight, at most 4 000 events, and for one that is not, the topic.
 */
public interface Leases {
  AckResult ack(String id, String lease);

  AckResult nack(String id, String lease, String reason, Duration delay);

  AckResult extend(String id, String lease, Duration from);

  AckResult terminate(String id, String lease, String reason);
}
