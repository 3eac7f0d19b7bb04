package io.promlib.client;

import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Proves over each connection who the client is. The supplier is asked on a worker, as it may
 * block; a token that is refused is followed by one more, over the same connection or the next, and
 * a second refusal in a row is for good. Under the client's lock.
 */
final class Login {

  /** What comes of it. Nothing is told of a connection that was given up meanwhile. */
  interface Outcome {
    void accepted();

    /** To be tried over another connection, after this wait if one is given. */
    void failed(Throwable cause, @Nullable Duration wait);

    void refused(ClientException refusal);
  }

  private static final Set<ErrorCode> TOKEN_REFUSED =
      EnumSet.of(
          ErrorCode.NO_TOKEN,
          ErrorCode.BAD_TOKEN,
          ErrorCode.JWT_INVALID,
          ErrorCode.TOKEN_EXPIRED,
          ErrorCode.FORBIDDEN,
          ErrorCode.UNAUTHORIZED,
          ErrorCode.BAD_REQUEST);

  private final Object lock;
  private final ClientSettings settings;
  private final Threads threads;
  private final Requests requests;
  private final IntSupplier epoch;
  private final Outcome outcome;
  private int refusals;

  /** {@code epoch} gives another number once what was begun before is no longer wanted. */
  Login(
      Object lock,
      ClientSettings settings,
      Threads threads,
      Requests requests,
      IntSupplier epoch,
      Outcome outcome) {
    this.lock = lock;
    this.settings = settings;
    this.threads = threads;
    this.requests = requests;
    this.epoch = epoch;
    this.outcome = outcome;
  }

  /** Gets a token and hands it on, unless it comes too late. */
  void withToken(Consumer<String> then) {
    int started = epoch.getAsInt();
    threads.work(
        () -> {
          String token = null;
          RuntimeException failure = null;
          try {
            token = settings.token().get();
          } catch (RuntimeException e) {
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
              outcome.failed(new NoAnswerException(why, failure), null);
            }
          }
        });
  }

  /** Sends the token over the connection that is open. */
  void authenticate(String token) {
    int started = epoch.getAsInt();
    var unused =
        requests
            .send("AUTH", corr -> new ClientFrame.Auth(token, corr))
            .whenComplete(
                (ok, failure) -> {
                  if (started == epoch.getAsInt()) {
                    answered(failure);
                  }
                });
  }

  private void answered(@Nullable Throwable failure) {
    if (failure == null) {
      refusals = 0;
      outcome.accepted();
    } else if (!(failure instanceof ClientException refusal)) {
      outcome.failed(failure, null);
    } else if (!TOKEN_REFUSED.contains(refusal.code())) {
      outcome.failed(refusal, refusal.retryAfter().orElse(null));
    } else if (++refusals >= 2) {
      outcome.refused(refusal);
    } else {
      withToken(this::authenticate);
    }
  }
}
