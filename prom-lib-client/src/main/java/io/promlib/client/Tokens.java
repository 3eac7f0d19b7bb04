package io.promlib.client;

import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Asks the host's supplier for a token, on a worker, as it may block. What comes for a connection
 * that was given up meanwhile is let go. Under the client's lock, but for the supplier.
 */
final class Tokens {
  private final Object lock;
  private final Supplier<String> supplier;
  private final Threads threads;
  private final IntSupplier epoch;

  /** {@code epoch} gives another number once what was begun before is no longer wanted. */
  Tokens(Object lock, Supplier<String> supplier, Threads threads, IntSupplier epoch) {
    this.lock = lock;
    this.supplier = supplier;
    this.threads = threads;
    this.epoch = epoch;
  }

  /** Hands on the token, or why there is none, unless it comes too late. */
  void ask(Consumer<String> then, Consumer<NoAnswerException> failed) {
    int started = epoch.getAsInt();
    threads.work(
        () -> {
          String token = null;
          Throwable failure = null;
          try {
            token = supplier.get();
          } catch (Throwable e) {
            failure = e;
          }
          synchronized (lock) {
            if (started != epoch.getAsInt()) {
              return;
            }
            if (token != null) {
              then.accept(token);
            } else {
              String why =
                  failure == null
                      ? "the token supplier returned null"
                      : "the token supplier failed";
              failed.accept(new NoAnswerException(why, failure));
            }
          }
        });
  }
}
