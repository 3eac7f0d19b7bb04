package io.promlib.mongo.cluster;

import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;

/** Waits for what the processes come to. */
final class Progress {
  private Progress() {}

  static void await(Callable<Boolean> reached) {
    Awaitility.await()
        .atMost(Sizes.patience())
        .pollInSameThread()
        .pollInterval(Duration.ofMillis(50))
        .until(reached);
  }
}
