package io.promlib.ws;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Runs steps one after another, the next one when the last one's future is done. A step runs on the
 * thread that submits it if nothing is before it, else on the one that finishes what is; none
 * waits.
 */
final class SerialQueue {
  /**
   * One step; null, or a future that is done, if it is finished when it returns. It must not throw.
   */
  interface Step {
    @Nullable CompletionStage<?> run();
  }

  private final Queue<Step> waiting = new ArrayDeque<>();
  private boolean busy;

  void submit(Step step) {
    synchronized (this) {
      if (busy) {
        waiting.add(step);
        return;
      }
      busy = true;
    }
    runFrom(step);
  }

  /** How many steps wait for the one that runs. */
  synchronized int waiting() {
    return waiting.size();
  }

  private void runFrom(Step first) {
    for (Step step = first; step != null; step = next()) {
      CompletionStage<?> running = step.run();
      if (running != null && !running.toCompletableFuture().isDone()) {
        running.whenComplete((result, error) -> goOn());
        return;
      }
    }
  }

  private void goOn() {
    Step step = next();
    if (step != null) {
      runFrom(step);
    }
  }

  private synchronized @Nullable Step next() {
    Step step = waiting.poll();
    busy = step != null;
    return step;
  }
}
