package io.promlib.outbox;

import io.promlib.bus.EventBus;
import java.util.List;

/**
 * Where an {@link OutboxDrainer} publishes to. Called by one thread at a time. Records may come
 * again after a failure or a crash, with the same id: whoever must not act twice goes by that.
 */
@FunctionalInterface
public interface OutboxTarget {

  /**
   * Publishes records of one topic in their order, durably when it returns. If it throws, it is
   * called again with each of them alone. What a failure means for the record is told by its type:
   *
   * <ul>
   *   <li>{@link IllegalArgumentException}, {@link io.promlib.bus.EventTooLargeException} and
   *       {@link io.promlib.event.PayloadException}: it can never be published, and rests as {@code
   *       ERROR} at once;
   *   <li>{@link io.promlib.store.StoreUnavailableException}, {@link
   *       io.promlib.bus.PublishException} without a cause or with that one, and {@link
   *       io.promlib.bus.BusClosedException}: the target is away; it is tried again as long as it
   *       takes, and the rest of the batch is handed back;
   *   <li>{@link io.promlib.bus.TopicFullException}: the same, for this topic;
   *   <li>anything else counts, and at {@code maxAttempts} the record rests as {@code ERROR}.
   * </ul>
   */
  void publish(List<OutboxRecord> records) throws Exception;

  /** What {@link OutboxDrainerBuilder#to(EventBus)} publishes by, for a target around it. */
  static OutboxTarget of(EventBus bus) {
    return new BusTarget(bus);
  }

  /** Publishes one record: see {@link OutboxDrainerBuilder#each}. */
  @FunctionalInterface
  interface Each {
    void publish(OutboxRecord record) throws Exception;
  }
}
