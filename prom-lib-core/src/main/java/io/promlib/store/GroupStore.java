package io.promlib.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The durable state of groups, changed by compare-and-set only. Every method may be called by any
 * thread; all may block, and throw {@link io.promlib.PromException} when the store cannot be
 * reached.
 */
public interface GroupStore extends AutoCloseable {

  /**
   * Whether a call may wait for something outside this process, such as a disk or a network. If it
   * may not, threads that must not be held up may call it.
   */
  default boolean blocks() {
    return true;
  }

  /** The state last written, if the group exists. */
  Optional<Versioned> load(GroupKey group);

  /**
   * Writes the state if nobody else wrote since.
   *
   * @param expected the version that was loaded; null to make the group, which must not exist
   * @return what was written, with its version, or empty if the race was lost and nothing changed
   */
  Optional<Versioned> compareAndSet(GroupKey group, @Nullable Version expected, GroupState next);

  /** Deletes the group if nobody wrote since; tells whether it did. */
  boolean delete(GroupKey group, Version expected);

  /** All groups, in no order. */
  List<GroupKey> list();

  /** The states last written of all groups of a topic, by the group's name. */
  Map<String, Versioned> loadAll(String topic);

  /**
   * The groups whose life without a subscriber is over at {@code now}: {@link
   * GroupState#expiresAt()} is past.
   */
  List<GroupKey> expired(long now);

  @Override
  void close();

  /**
   * Which write it was. The count alone could come again after a group was deleted and made anew;
   * the random part tells those apart.
   */
  record Version(long count, long random) {}

  /** A state and its version. */
  record Versioned(GroupState state, Version version) {}
}
