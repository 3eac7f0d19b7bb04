package io.promlib.state;

/** Hears what goes wrong in a {@link StateView}; what it throws is logged. */
public interface StateViewListener {
  StateViewListener NONE = new StateViewListener() {};

  /**
   * Retention removed these positions, inclusive, and no snapshot holds them: keys may be missing.
   */
  default void onGap(long from, long to) {}

  /** A payload cannot be read as the view's type; its key is left out until it has another. */
  default void onBadEvent(String key, long seq, RuntimeException error) {}

  /** The store failed, and is tried again; or the view ended, if it has more keys than it may. */
  default void onError(RuntimeException error) {}
}
