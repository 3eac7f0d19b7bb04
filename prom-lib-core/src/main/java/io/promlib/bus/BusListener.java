package io.promlib.bus;

import io.promlib.event.EventRecord;
import java.time.Duration;

/**
 * Hears what the bus does; metrics implement it. Called on the thread that does it, so it must be
 * quick and must not block; what it throws is logged and changes nothing.
 */
public interface BusListener {
  BusListener NONE = new BusListener() {};

  /** An event was appended; not called for duplicates. */
  default void onPublish(EventRecord event, Duration took) {}

  /** A handler is about to start. */
  default void onDeliver(String group, EventRecord event, int attempt) {}

  default void onAck(String group, EventRecord event) {}

  /** A handler returned or threw, or its stage completed; the event may be unacked still. */
  default void onHandled(String group, EventRecord event, Duration took) {}

  default void onNack(String group, EventRecord event, int attempt, String reason) {}

  /** A lease ended before it was settled. */
  default void onExpire(String group, EventRecord event, int attempt) {}

  default void onDeadLetter(String group, EventRecord event, int attempts, String reason) {}

  /**
   * Positions {@code from} to {@code to}, inclusive, were removed by retention before the group got
   * them.
   */
  default void onSkip(String topic, String group, long from, long to) {}

  /** Something went wrong that no caller is told of; the bus tries again. */
  default void onError(String topic, String group, Throwable error) {}
}
