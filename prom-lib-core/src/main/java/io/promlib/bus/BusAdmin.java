package io.promlib.bus;

import io.promlib.event.EventRecord;
import io.promlib.event.Topic;
import io.promlib.store.Bounds;
import io.promlib.store.GroupKey;
import io.promlib.store.Page;
import io.promlib.store.TopicSettings;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Views and changes of topics and groups. What a view shows may be past when it is read. */
public interface BusAdmin {
  /** Every topic that was ever published to or configured, by name. */
  List<TopicView> topics();

  /** The names of {@link #topics}, sorted; counts nothing. */
  List<String> topicNames();

  TopicView topic(String topic);

  /** Sets how much of a topic is kept. */
  void configure(String topic, TopicSettings settings);

  /** Reads a stretch of a topic, without a group. */
  Page read(String topic, long from, int limit);

  /** Where a topic begins and ends; unlike {@link #topic} it counts nothing. */
  Bounds bounds(String topic);

  /**
   * The first position that a reader which begins there has before it.
   *
   * @throws UnknownPositionException if it is not in the topic
   */
  long position(String topic, StartAt start);

  /** The newest event of a key, which may be a tombstone. */
  Optional<EventRecord> latest(String topic, String key);

  /**
   * The newest event of every key, tombstones among them, in the order of {@link
   * io.promlib.event.Utf8#compare}: at most {@code limit}, from behind the key {@code after} on;
   * null: from the first, and fewer if they are large. Only an empty page is the end.
   */
  List<EventRecord> latestPage(String topic, @Nullable String after, int limit);

  /**
   * The payload of an event as the topic's type, as a subscriber gets it.
   *
   * @throws IllegalStateException if the payload is null and the type is no tree
   * @throws io.promlib.event.PayloadException if it cannot be read as the type
   */
  <T> T payload(Topic<T> topic, EventRecord event);

  /** Every group of a topic, by name. */
  List<GroupView> groups(String topic);

  /** The groups of all topics, sorted; loads none of them. */
  List<GroupKey> groupKeys();

  /** A group, after what waits to be written of it in this process was written. */
  Optional<GroupView> group(String topic, String group);

  /**
   * A group as the stores have it, in a constant number of reads: acks that wait to be written
   * together are not counted. Writes nothing and does none of the group's work.
   */
  Optional<GroupView> storedGroup(String topic, String group);

  /**
   * How far every group is behind, by topic and name. Costs two round trips to the stores for each
   * topic that has groups, however many; acks that wait to be written together are not counted.
   */
  List<GroupLag> lags();

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
