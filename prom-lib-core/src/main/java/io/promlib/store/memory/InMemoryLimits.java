package io.promlib.store.memory;

import io.promlib.store.TopicSettings;
import java.util.function.ToLongFunction;

/**
 * What bounds an {@link InMemoryEventStore}. Bytes are estimates; see {@link InMemoryEventStore}.
 *
 * @param budget the most bytes over all topics, at least 1; the topic being published to pays at
 *     the limit
 * @param maxTopics the most topics, at least 1
 * @param settings how much is kept of a topic that nobody configured
 * @param sizer the bytes of a publisher's object that was not encoded when it was appended; called
 *     on the publishing thread, must be quick; below 0 counts as 0
 * @param rememberedIds how many ids that publishers gave are remembered in each topic, at least 1
 */
public record InMemoryLimits(
    long budget,
    int maxTopics,
    TopicSettings settings,
    ToLongFunction<Object> sizer,
    int rememberedIds) {

  /** What a payload counts that was not encoded, where no sizer is given. */
  public static final long OBJECT_BYTES = 256;

  private static final int TOPIC_PARTS = 8;

  public InMemoryLimits {
    if (budget < 1) {
      throw new IllegalArgumentException("budget must be at least 1 byte, is " + budget);
    }
    if (maxTopics < 1) {
      throw new IllegalArgumentException("maxTopics must be at least 1, is " + maxTopics);
    }
    if (rememberedIds < 1) {
      throw new IllegalArgumentException("rememberedIds must be at least 1, is " + rememberedIds);
    }
  }

  /**
   * A quarter of the heap, 10 000 topics of {@link TopicSettings#IN_MEMORY}, each of at most an
   * eighth of that quarter so that one alone cannot use it up, 100 000 ids in each.
   */
  public static InMemoryLimits defaults() {
    long budget = Math.max(TOPIC_PARTS, Runtime.getRuntime().maxMemory() / 4);
    return new InMemoryLimits(
        budget,
        10_000,
        TopicSettings.IN_MEMORY.maxBytes(
            Math.min(TopicSettings.IN_MEMORY.maxBytes(), budget / TOPIC_PARTS)),
        object -> OBJECT_BYTES,
        100_000);
  }

  public InMemoryLimits budget(long bytes) {
    return new InMemoryLimits(bytes, maxTopics, settings, sizer, rememberedIds);
  }

  public InMemoryLimits maxTopics(int topics) {
    return new InMemoryLimits(budget, topics, settings, sizer, rememberedIds);
  }

  public InMemoryLimits settings(TopicSettings unconfigured) {
    return new InMemoryLimits(budget, maxTopics, unconfigured, sizer, rememberedIds);
  }

  public InMemoryLimits sizer(ToLongFunction<Object> bytes) {
    return new InMemoryLimits(budget, maxTopics, settings, bytes, rememberedIds);
  }

  public InMemoryLimits rememberedIds(int ids) {
    return new InMemoryLimits(budget, maxTopics, settings, sizer, ids);
  }
}
