package io.promlib.state;

import org.jspecify.annotations.Nullable;

/**
 * Hears what changed in a {@link StateView}: called after the change can be read, in the order of
 * positions, by one thread at a time. It must be quick, as the view stands still meanwhile; what it
 * throws is logged.
 */
@FunctionalInterface
public interface StateListener<T> {
  /**
   * A key's value is another now. Of several changes that the view took up at once only the last is
   * told.
   *
   * @param value null: the key was deleted
   * @param seq the position of the event that did it; of one that deleted the key and was never
   *     seen, as retention overtook the view, a later position
   */
  void onChange(String key, @Nullable T value, long seq);
}
