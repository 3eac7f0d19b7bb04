package io.promlib.state;

/**
 * Hears what goes wrong in a {@link StateView}, on the thread that met it, so it must be quick;
 * what it throws is logged.
 */
public interface StateViewListener {
  StateViewListener NONE = new StateViewListener() {};

  /**
   * Retention removed these positions, inclusive, and no snapshot holds them: keys may be missing.
   */
  default void onGap(long from, long to) {}

  /** A payload cannot be read as the view's type; its key is left out until it has another. */
  default void onBadEvent(String key, long seq, RuntimeException error) {}

  /**
   * The view stands still, as the store failed, the workers refused a task, or an {@link Error} was
   * thrown, which is the cause then; it tries again. Or it ended: with a {@link
   * io.promlib.bus.LimitException} if it has more keys than it may, with a {@link
   * io.promlib.bus.BusClosedException} if the bus was closed before it.
   */
  default void onError(RuntimeException error) {}
}
