package io.promlib.bus;

import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.List;
import java.util.Optional;

/** Views and changes of topics and groups. What a view shows may be past when it is read. */
public interface BusAdmin {
  /** Every topic that was ever published to or configured, by name. */
  List<TopicView> topics();

  TopicView topic(String topic);

  /** Sets how much of a topic is kept. */
  void configure(String topic, TopicSettings settings);

  /** Reads a stretch of a topic, without a group. */
  Page read(String topic, long from, int limit);

  /** Every group of a topic, by name. */
  List<GroupView> groups(String topic);

  Optional<GroupView> group(String topic, String group);

  /**
   * Moves a group to another position and forgets what it had unfinished; its subscribers end with
   * {@link EndReason#SOUGHT}, and their leases are stale. Tells whether there is such a group.
   */
  boolean seek(String topic, String group, StartAt to);

  /**
   * Deletes a group; its subscribers end with {@link EndReason#DELETED}. Tells whether there was
   * one.
   */
  boolean deleteGroup(String topic, String group);

  /** The dead letters of a topic. */
  DeadLetters deadLetters(String topic);
}
