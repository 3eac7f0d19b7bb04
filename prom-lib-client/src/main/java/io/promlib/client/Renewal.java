package io.promlib.client;

import io.promlib.store.Backoff;
import io.promlib.time.Timing;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the gateway a fresh token before the one of this connection ends, over the open connection.
 * While that does not succeed it is tried again; when the token ends, the gateway ends the
 * connection, and the next one begins with a token of its own. Under the client's lock.
 */
final class Renewal {

  /*
   * The gateway names the end by its own wall clock, so what is left is reckoned once, by this machine's, when the answer
   * comes, and waited for on the monotonic clock. Where the clocks differ by more than the lead the renewal comes too late, or
   * finds a token that seems to have ended already; that would make a tight loop, so it is waited for with back-off. A supplier
   * that gives the same token again is asked when four fifths of what is left are over, again and again, until it has ended.
   */
  private static final Logger log = LoggerFactory.getLogger(Renewal.class);
  private static final Duration LONGEST_LEAD = Duration.ofMinutes(1);
  private static final Duration LONGEST_LIFE = Duration.ofDays(365);
  private static final Backoff BACKOFF =
      new Backoff(Duration.ofSeconds(1), 2, Duration.ofMinutes(1), 0.2);
  private static final int ENOUGH = 60;

  private final Timing timing;
  private final Object lock;
  private final Tokens tokens;
  private final Requests requests;
  private boolean live;
  private @Nullable Long expiresAt;
  private Timing.@Nullable Alarm alarm;
  private int alarms;
  private @Nullable CompletableFuture<Void> running;
  private @Nullable CompletableFuture<Void> wanted;
  private int failures;
  // Tokens in a row that seem to have ended.
  private int past;

  Renewal(Object lock, Timing timing, Tokens tokens, Requests requests) {
    this.lock = lock;
    this.timing = timing;
    this.tokens = tokens;
    this.requests = requests;
  }

  /** A connection was authenticated, with a token that ends then if at all. */
  void began(@Nullable Long end) {
    live = true;
    past = 0;
    accepted(end);
  }

  /** The connection is gone. */
  void lost() {
    live = false;
    stopAlarm();
    NoAnswerException why =
        new NoAnswerException("the connection ended before the token was renewed", null);
    CompletableFuture<Void> first = running;
    CompletableFuture<Void> second = wanted;
    running = null;
    wanted = null;
    if (first != null) {
      first.completeExceptionally(why);
    }
    if (second != null) {
      second.completeExceptionally(why);
    }
  }

  /** Renews now, with a token that is asked for after this call. */
  CompletableFuture<Void> now() {
    if (!live) {
      return CompletableFuture.failedFuture(
          new NoAnswerException("not connected, so there is no token to renew", null));
    }
    if (running == null) {
      return begin();
    }
    CompletableFuture<Void> next = wanted == null ? new CompletableFuture<>() : wanted;
    wanted = next;
    return next;
  }

  private CompletableFuture<Void> begin() {
    CompletableFuture<Void> made = new CompletableFuture<>();
    running = made;
    tokens.ask(token -> send(token, made), failure -> ended(made, null, failure));
    return made;
  }

  private void send(String token, CompletableFuture<Void> made) {
    var unused =
        requests
            .send("AUTH", corr -> new ClientFrame.Auth(token, corr))
            .whenComplete((ok, failure) -> ended(made, ok, failure));
  }

  private void ended(
      CompletableFuture<Void> made, ServerFrame.@Nullable Ok ok, @Nullable Throwable failure) {
    if (running != made) {
      return;
    }
    running = null;
    if (ok != null) {
      accepted(ok.expiresAt());
      made.complete(null);
    } else if (failure != null) {
      failed(failure);
      made.completeExceptionally(failure);
    }
    CompletableFuture<Void> next = wanted;
    if (next != null && live) {
      wanted = null;
      var unused =
          begin()
              .whenComplete(
                  (done, error) -> {
                    if (error == null) {
                      next.complete(null);
                    } else {
                      next.completeExceptionally(error);
                    }
                  });
    }
  }

  private void accepted(@Nullable Long end) {
    expiresAt = end;
    failures = 0;
    stopAlarm();
    if (end == null) {
      return;
    }
    Duration left = left(end);
    boolean lives = left.toSeconds() > 0;
    past = lives ? 0 : Math.min(past + 1, ENOUGH);
    wakeIn(
        lives
            ? longer(left.multipliedBy(4).dividedBy(5), left.minus(LONGEST_LEAD))
            : backoff(past));
  }

  /** A refusal leaves the old token as it is. What the host asked for leaves the alarm, too. */
  private void failed(Throwable failure) {
    Long end = expiresAt;
    if (end == null || alarm != null) {
      return;
    }
    failures = Math.min(failures + 1, ENOUGH);
    Duration wait = backoff(failures);
    if (failure instanceof ClientException refusal) {
      wait = longer(wait, Answers.retryAfter(refusal, Duration.ZERO));
    }
    Throwable cause = failure.getCause();
    // Its message is the host's, and may quote a token.
    String why = cause == null ? "" : ", with a " + cause.getClass().getName();
    log.warn("the token was not renewed, next try in {}: {}{}", wait, failure.getMessage(), why);
    wakeIn(wait);
  }

  private void wakeIn(Duration wait) {
    int number = ++alarms;
    alarm =
        timing.schedule(
            () -> {
              synchronized (lock) {
                wake(number);
              }
            },
            wait);
  }

  private void wake(int number) {
    // One that was cancelled may have been waiting for the lock.
    if (alarm == null || number != alarms) {
      return;
    }
    alarm = null;
    if (running == null) {
      var unused = begin();
    }
  }

  private void stopAlarm() {
    Timing.Alarm set = alarm;
    alarm = null;
    if (set != null) {
      set.cancel();
    }
  }

  private Duration left(long end) {
    long now = timing.millis();
    long longest = now + LONGEST_LIFE.toMillis();
    return Duration.ofMillis(Math.max(0, Math.min(Math.max(0, end), longest) - now));
  }

  private static Duration backoff(int count) {
    return BACKOFF.after(count, ThreadLocalRandom.current().nextDouble());
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
