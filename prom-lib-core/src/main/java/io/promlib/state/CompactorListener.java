package io.promlib.state;

/** Hears what a compactor does, on its thread; what it throws is logged and changes nothing. */
public interface CompactorListener {
  CompactorListener NONE = new CompactorListener() {};

  /** A run ended that did something, or lost a race. */
  default void onRun(CompactorRun run) {}

  /** Retention removed these positions, inclusive, before they were read: keys may be missing. */
  default void onGap(long from, long to) {}

  /** An event is in no snapshot because its key or its payload cannot be read. */
  default void onBadEvent(long seq, RuntimeException error) {}

  /** A run failed; it is tried again. */
  default void onError(RuntimeException error) {}
}
