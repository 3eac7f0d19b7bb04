package io.promlib.client;

import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Proves over each connection who the client is. A token that is refused is followed by one more,
 * over the same connection or the next, and a second refusal in a row is for good. Under the
 * client's lock.
 */
final class Login {

  /** What comes of it. Nothing is told of a connection that was given up meanwhile. */
  interface Outcome {
    /** The token ends at this epoch millisecond of the gateway's clock; null: it does not. */
    void accepted(@Nullable Long expiresAt);

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

  private final Tokens tokens;
  private final Requests requests;
  private final IntSupplier epoch;
  private final Outcome outcome;
  private int refusals;

  /** {@code epoch} gives another number once what was begun before is no longer wanted. */
  Login(Tokens tokens, Requests requests, IntSupplier epoch, Outcome outcome) {
    this.tokens = tokens;
    this.requests = requests;
    this.epoch = epoch;
    this.outcome = outcome;
  }

  /** Gets a token and hands it on, unless it comes too late. */
  void withToken(Consumer<String> then) {
    tokens.ask(then, failure -> outcome.failed(failure, null));
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
                    answered(ok, failure);
                  }
                });
  }

  private void answered(ServerFrame.@Nullable Ok ok, @Nullable Throwable failure) {
    if (failure instanceof ClientException refusal) {
      refused(refusal);
    } else if (failure != null) {
      outcome.failed(failure, null);
    } else if (ok != null) {
      refusals = 0;
      outcome.accepted(ok.expiresAt());
    }
  }

  private void refused(ClientException refusal) {
    if (!TOKEN_REFUSED.contains(refusal.code())) {
      outcome.failed(refusal, refusal.retryAfter().orElse(null));
    } else if (++refusals >= 2) {
      outcome.refused(refusal);
    } else {
      withToken(this::authenticate);
    }
  }
}
