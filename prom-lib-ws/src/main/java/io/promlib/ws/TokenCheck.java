package io.promlib.ws;

import io.promlib.acl.AclException;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import io.promlib.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has a connection's tokens checked. */
final class TokenCheck {
  private static final Logger LOG = LoggerFactory.getLogger(TokenCheck.class);

  /** What became of a token. */
  sealed interface Answer {}

  /** It is good, now. */
  record Good(Identity identity) implements Answer {}

  /** It is not, or nobody can tell; the message is the client's to read. */
  record Refused(ErrorCode code, String message) implements Answer {}

  private final Shared shared;
  private final Connection connection;

  TokenCheck(Shared shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
  }

  /**
   * Asks the authenticator, which may block, on a thread of its own. Never fails: every reason not
   * to take a token is an answer.
   */
  CompletionStage<Answer> check(String token) {
    if (token.isEmpty()) {
      return refused(ErrorCode.NO_TOKEN, "token is missing");
    }
    try {
      return CompletableFuture.supplyAsync(
              () -> shared.authenticator().authenticate(token), shared.logins())
          .handle(this::answer);
    } catch (RejectedExecutionException e) {
      return refused(ErrorCode.TOO_MANY, "too many tokens wait to be checked; try again later");
    }
  }

  private static CompletionStage<Answer> refused(ErrorCode code, String message) {
    return CompletableFuture.completedFuture(new Refused(code, message));
  }

  private Answer answer(@Nullable Identity identity, @Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof AuthenticationException refused) {
      return new Refused(
          ErrorCode.ofWire(refused.code().wireName()).orElse(ErrorCode.BAD_TOKEN),
          String.valueOf(refused.getMessage()));
    }
    if (cause != null || identity == null) {
      if (cause instanceof AclException) {
        LOG.warn("a token of {} could not be checked", connection.peer(), cause);
      } else {
        LOG.error("the authenticator failed at a token of {}", connection.peer(), cause);
      }
      return new Refused(ErrorCode.INTERNAL, "the token could not be checked; try again later");
    }
    return identity.isExpired(shared.timing().wall().instant())
        ? new Refused(ErrorCode.TOKEN_EXPIRED, "the token expired; get another one")
        : new Good(identity);
  }
}
