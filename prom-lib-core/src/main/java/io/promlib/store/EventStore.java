package io.promlib.store;

import io.promlib.event.EventRecord;
import io.promlib.event.Published;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Topics: append-only sequences of events. Every method may be called by any thread; all may block,
 * and throw {@link io.promlib.PromException} when the store cannot be reached.
 */
public interface EventStore extends AutoCloseable {

  /**
   * Whether a call may wait for something outside this process, such as a disk or a network. If it
   * may not, threads that must not be held up may call it.
   */
  default boolean blocks() {
    return true;
  }

  /**
   * Appends the events in their order and returns what became of each, once all of that is durable.
   * Positions are given without gaps, and a reader that sees one sees all before it. An event whose
   * id was given and is in the topic, or stands earlier in the list, appends nothing and is
   * answered with the stored one. {@code at} is {@code now}, or the predecessor's if that is later.
   *
   * <p>An answer shorter than the list means that the topic is full: the rest was not appended.
   *
   * @throws io.promlib.event.PayloadException if a payload has no JSON and the store writes JSON;
   *     nothing was appended
   * @throws io.promlib.bus.EventTooLargeException if the store cannot hold an event of that size;
   *     nothing was appended
   */
  List<Published> append(String topic, List<Draft> events, long now);

  /** {@link #append(String, List, long)} of one event; null if the topic is full. */
  default @Nullable Published append(String topic, Draft event, long now) {
    List<Published> answer = append(topic, List.of(event), now);
    return answer.isEmpty() ? null : answer.get(0);
  }

  /**
   * Appends the events in their order to exactly {@code tail} + 1 and on, if {@code tail} still is
   * the topic's last position, and returns those that were, once they are durable. As soon as one
   * finds its place taken, its id in the topic or the topic full, the append ends, and nothing is
   * placed elsewhere: an answer shorter than the list, empty if it was the first. What was placed
   * before that stays.
   *
   * @throws io.promlib.event.PayloadException if a payload has no JSON and the store writes JSON;
   *     nothing was appended
   * @throws io.promlib.bus.EventTooLargeException if the store cannot hold an event of that size;
   *     nothing was appended
   */
  List<Published> appendAt(String topic, long tail, List<Draft> events, long now);

  /**
   * Reads at most {@code limit} events from position {@code from} on, fewer if they are large (see
   * {@link Page}); an unknown topic is an empty one.
   */
  Page read(String topic, long from, int limit);

  /** Where the topic begins and ends; costs little. */
  Bounds bounds(String topic);

  /** How much the topic holds; may cost a count of its events. */
  Extent extent(String topic);

  /** The event with this id, if the topic still holds it. */
  Optional<EventRecord> find(String topic, String id);

  /** The first position whose event has {@code ts} at or after the one given. */
  OptionalLong firstSince(String topic, long ts);

  /**
   * The last position at {@code at} or before: behind it stands the first event whose {@code at} is
   * later, or nothing. One below {@code first} if every event that the topic holds is later.
   */
  long lastUntil(String topic, long at);

  /** The newest event of this key that the topic still holds. */
  default Optional<EventRecord> latest(String topic, String key) {
    return latest(topic, key, Long.MAX_VALUE);
  }

  /** {@link #latest(String, String)} among the events up to a position. */
  Optional<EventRecord> latest(String topic, String key, long atMost);

  /**
   * Hands over {@link #latest(String, String, long)} of several keys, one event after another and
   * each once, in any order; keys without an event are left out. The store holds no more of them at
   * a time than a page, so what the caller does not keep takes no memory.
   */
  void latest(String topic, Collection<String> keys, long atMost, Consumer<EventRecord> each);

  /** The positions of those, by key; reads no payload. */
  Map<String, Long> latestSeqs(String topic, Collection<String> keys, long atMost);

  /**
   * The newest event of every key, tombstones among them: at most {@code limit}, fewer if they are
   * large (see {@link LatestPage}), from behind the key {@code after} on; null: from the first. The
   * limit is at least 1.
   */
  default LatestPage latestPage(String topic, @Nullable String after, int limit) {
    return latestPage(topic, after, limit, Long.MAX_VALUE);
  }

  /** {@link #latestPage(String, String, int)} among the events up to a position. */
  LatestPage latestPage(String topic, @Nullable String after, int limit, long atMost);

  /**
   * Removes everything below a position and raises {@code first} to it; without effect if it is
   * there already.
   */
  void removeBelow(String topic, long below);

  /**
   * Removes the oldest events that the topic's settings no longer keep at {@code now}, all of them
   * below {@code below}: what is over its age, and what is beyond count or bytes if appends do not
   * hold to those. A bounded step; tells whether there is more to remove at once.
   */
  boolean trim(String topic, long below, long now);

  /**
   * Removes single events, leaving {@code first} where it is; positions that are gone already are
   * passed over.
   */
  void remove(String topic, Collection<Long> seqs);

  /**
   * The position as of which, and from there on, the latest of every key is what it was: of what
   * was appended up to it, events that a later one of their key had superseded may have been
   * removed. 0 until somebody raised it.
   */
  long compacted(String topic);

  /** Raises {@link #compacted}, durably; without effect if it is as high already. */
  void raiseCompacted(String topic, long to);

  /** The names of the topics that were ever appended to or configured. */
  List<String> topics();

  /** Sets how much of a topic is kept, from its next append on. */
  void configure(String topic, TopicSettings settings);

  TopicSettings settings(String topic);

  /**
   * Calls the listener after every append to the topic: at once, on the appending thread, for an
   * append through this instance; as soon as it is noticed for others. Several appends may be one
   * call. The listener returns quickly and throws nothing. Closing the answer ends the calls.
   */
  Registration onAppend(String topic, Runnable listener);

  @Override
  void close();

  /** What ends a listener's calls. */
  interface Registration {
    void close();
  }
}
