package io.promlib.ws;

import io.promlib.acl.AclException;
import io.promlib.acl.AuthenticationException;
import io.promlib.acl.Identity;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.CloseCode;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.ServerFrame;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a connection does before it is authenticated, and when its token expires. */
final class Login {
  private static final Logger LOG = LoggerFactory.getLogger(Login.class);
  private static final int MAX_OTHER_FRAMES = 32;

  private final Shared shared;
  private final Connection connection;
  private int failures;
  private int otherFrames;

  Login(Shared shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
  }

  /**
   * Asks the authenticator, which may block, on a thread of its own; the step is done when it has
   * answered.
   */
  @Nullable CompletionStage<?> attempt(ClientFrame.Auth frame) {
    if (frame.token().isEmpty()) {
      fail(ErrorCode.NO_TOKEN, "token is missing", frame.corr());
      return null;
    }
    try {
      return CompletableFuture.supplyAsync(
              () -> shared.authenticator().authenticate(frame.token()), shared.logins())
          .handle(
              (identity, failure) -> {
                answer(frame, identity, failure);
                return null;
              });
    } catch (RejectedExecutionException e) {
      connection.error(
          ErrorCode.TOO_MANY, "too many tokens wait to be checked; try again later", frame.corr());
      return null;
    }
  }

  private void answer(
      ClientFrame.Auth frame, @Nullable Identity identity, @Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof AuthenticationException refused) {
      ErrorCode code = ErrorCode.ofWire(refused.code().wireName()).orElse(ErrorCode.BAD_TOKEN);
      fail(code, String.valueOf(refused.getMessage()), frame.corr());
    } else if (cause != null || identity == null) {
      if (!(cause instanceof AclException)) {
        LOG.error("the authenticator failed", cause);
      } else {
        LOG.warn("a token could not be checked", cause);
      }
      fail(ErrorCode.INTERNAL, "the token could not be checked; try again later", frame.corr());
    } else if (identity.isExpired(shared.timing().wall().instant())) {
      fail(ErrorCode.TOKEN_EXPIRED, "the token expired; get another one", frame.corr());
    } else {
      succeed(frame, identity);
    }
  }

  private void succeed(ClientFrame.Auth frame, Identity identity) {
    if (!connection.open(new Session(shared, connection, identity), identity.subject())) {
      return;
    }
    Instant expiry = identity.expiresAt();
    if (expiry != null) {
      watch(expiry);
    }
    connection.report(listener -> listener.onAuthenticated(connection.peer()));
    connection.send(
        ServerFrame.Ok.authenticated(frame.corr(), expiry == null ? null : expiry.toEpochMilli()));
  }

  private void watch(Instant expiry) {
    Duration left = Duration.between(shared.timing().wall().instant(), expiry);
    if (left.isNegative() || left.isZero()) {
      String reason = "the token expired";
      connection.error(ErrorCode.TOKEN_EXPIRED, reason + "; connect again with another one", null);
      connection.end(CloseCode.NOT_AUTHENTICATED, reason);
    } else {
      // The wall clock may be set meanwhile, so it is asked again at least hourly, and never a
      // moment early.
      Duration next =
          left.compareTo(Duration.ofHours(1)) > 0 ? Duration.ofHours(1) : left.plusMillis(1);
      connection.alarms().set(Alarms.Kind.EXPIRY, () -> watch(expiry), next);
    }
  }

  private void fail(ErrorCode code, String message, @Nullable String corr) {
    connection.error(code, message, corr);
    if (++failures >= shared.limits().authAttempts()) {
      connection.end(CloseCode.NOT_AUTHENTICATED, "too many failed attempts to authenticate");
    }
  }

  /**
   * A frame that is no AUTH, or none at all, was answered with an error; a client gets few of them
   * for free.
   */
  void onOtherFrame() {
    if (++otherFrames >= MAX_OTHER_FRAMES) {
      connection.end(CloseCode.NOT_AUTHENTICATED, "too many frames before AUTH");
    }
  }
}
