package io.promlib.client;

import io.promlib.time.Timing;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the host's supplier for a token, on a worker, as it may block: for as long as a request may
 * take, and in two threads at most, if it never comes back. What comes later, or for a connection
 * that was given up meanwhile, is let go. Under the client's lock, but for the supplier.
 */
final class Tokens {
  private static final int MOST_AT_ONCE = 2;

  private final Object lock;
  private final Timing timing;
  private final ClientSettings settings;
  private final Threads threads;
  private final IntSupplier epoch;
  private int asked;

  /** {@code epoch} gives another number once what was begun before is no longer wanted. */
  Tokens(Object lock, Timing timing, ClientSettings settings, Threads threads, IntSupplier epoch) {
    this.lock = lock;
    this.timing = timing;
    this.settings = settings;
    this.threads = threads;
    this.epoch = epoch;
  }

  /** Hands on the token, or why there is none, unless it comes too late. */
  void ask(Consumer<String> then, Consumer<NoAnswerException> failed) {
    if (asked >= MOST_AT_ONCE) {
      failed.accept(
          new NoAnswerException(
              "the token supplier has not come back from " + asked + " calls", null));
      return;
    }
    asked++;
    Question question = new Question(then, failed);
    threads.work(() -> question.answer(settings.token()));
  }

  private final class Question {
    private final int started = epoch.getAsInt();
    private final Consumer<String> then;
    private final Consumer<NoAnswerException> failed;
    private final Timing.Alarm patience;
    private boolean over;

    Question(Consumer<String> then, Consumer<NoAnswerException> failed) {
      this.then = then;
      this.failed = failed;
      Duration most = settings.requestTimeout();
      patience = timing.schedule(() -> late(most), most);
    }

    void answer(Supplier<String> supplier) {
      String token = null;
      Throwable failure = null;
      try {
        token = supplier.get();
      } catch (Throwable e) {
        failure = e;
      }
      synchronized (lock) {
        asked--;
        patience.cancel();
        end(token, failure == null ? "returned null" : "failed", failure);
      }
    }

    private void late(Duration most) {
      synchronized (lock) {
        end(null, "gave no token within " + most, null);
      }
    }

    private void end(@Nullable String token, String why, @Nullable Throwable failure) {
      boolean wanted = !over && started == epoch.getAsInt();
      over = true;
      if (wanted && token != null) {
        then.accept(token);
      } else if (wanted) {
        failed.accept(new NoAnswerException("the token supplier " + why, failure));
      }
    }
  }
}
