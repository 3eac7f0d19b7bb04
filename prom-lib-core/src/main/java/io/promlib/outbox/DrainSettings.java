package io.promlib.outbox;

import io.promlib.store.Backoff;
import io.promlib.time.Timing;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** What a drainer's parts are given; see {@link OutboxDrainerBuilder}. */
record DrainSettings(
    OutboxStore store,
    OutboxTarget target,
    boolean oneByOne,
    int batchSize,
    Duration lease,
    Duration interval,
    String owner,
    int maxAttempts,
    Backoff backoff,
    Duration retention,
    Duration closeGrace,
    OutboxListener listener,
    Timing timing) {

  /** When a record that failed so often is due again. */
  long due(int failures, long now) {
    return now + backoff.after(failures, ThreadLocalRandom.current().nextDouble()).toMillis();
  }
}
