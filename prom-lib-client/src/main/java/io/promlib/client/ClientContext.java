package io.promlib.client;

import io.promlib.time.Timing;
import org.jspecify.annotations.Nullable;

/**
 * What the parts of one client share. The lock guards all that they hold; see {@link
 * DefaultEventClient}.
 */
record ClientContext(
    Object lock, ClientSettings settings, Timing timing, Threads threads, Requests requests) {
  private static final int MOST_IN_A_FRAME = 100;
  private static final int BYTES_OF_A_FRAME = 256 << 10;

  /**
   * How many events to ask for in a frame, where so many may wait here; null: each by itself, as a
   * frame of several may be larger than this client takes.
   */
  @Nullable Integer batch(int most) {
    return settings.maxFrameBytes() < BYTES_OF_A_FRAME ? null : Math.min(most, MOST_IN_A_FRAME);
  }
}
