package io.promlib.client;

import io.promlib.wire.ServerFrame;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells one subscription's listener of gaps, on the callback thread, in their order. */
final class Gaps {
  private static final Logger log = LoggerFactory.getLogger(Gaps.class);
  // A gateway has one for each run of positions that retention took.
  private static final int MOST_WAITING = 1000;

  private final Threads threads;
  private final ClientSubscribeOptions options;
  private final String name;
  private final AtomicInteger waiting = new AtomicInteger();

  Gaps(Threads threads, ClientSubscribeOptions options, String name) {
    this.threads = threads;
    this.options = options;
    this.name = name;
  }

  /** Passes over those that a listener does not keep up with. */
  void arrived(ServerFrame.Gap gap) {
    if (waiting.get() >= MOST_WAITING) {
      return;
    }
    if (waiting.incrementAndGet() == MOST_WAITING) {
      log.warn("the gap listener of {} does not keep up; gaps are passed over", name);
    }
    threads.callBack(() -> tell(gap));
  }

  private void tell(ServerFrame.Gap gap) {
    waiting.decrementAndGet();
    try {
      options.gapListener().onGap(gap.from(), gap.to());
    } catch (RuntimeException e) {
      log.warn("the gap listener of {} failed", name, e);
    }
  }
}
