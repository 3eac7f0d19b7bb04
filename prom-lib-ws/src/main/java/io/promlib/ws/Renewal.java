package io.promlib.ws;

import io.promlib.acl.Identity;
import io.promlib.limit.TokenBucket;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.ErrorCode;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A further AUTH of an authenticated connection: a fresh token of the same subject. */
final class Renewal {
  /*
   * An AUTH is one step, from the check of its token to its OK, so the frames behind it wait and are judged by what it
   * brought, a second AUTH among them, and a subscription is either made before it, and then checked by it, or judged by
   * its policy. Everything else may go on meanwhile: events under the policy that still holds; the expiry of the old
   * token, which ends the session (Expiry says who wins); a close by the gateway, after which the answer changes nothing;
   * the end of the socket, whose step comes behind this one and ends whatever is left; the end of the bus, after which
   * there is nothing to hand back. Until the answer is a good one, nothing was changed.
   */
  private static final int AT_ONCE = 5;

  private final Connection connection;
  private final TokenCheck tokens;
  private final Session session;
  private final TokenBucket rate;
  private final long cost;

  Renewal(Shared shared, Connection connection, TokenCheck tokens, Session session) {
    this.connection = connection;
    this.tokens = tokens;
    this.session = session;
    // The bucket holds milliseconds, one of which comes back each millisecond.
    cost = shared.limits().reauthInterval().toMillis();
    rate = new TokenBucket(AT_ONCE * cost, 1000, shared.timing()::nanos);
  }

  /** The step is done when the token was checked and all that follows from it is in effect. */
  CompletionStage<?> attempt(ClientFrame.Auth frame) {
    if (!rate.tryConsume(cost)) {
      connection.error(
          ErrorCode.RATE_LIMITED,
          "this connection sends AUTH too often; the token it has still counts; wait",
          frame.corr(),
          rate.deficit(cost).toMillis() + 1);
      return CompletableFuture.completedFuture(null);
    }
    return tokens.check(frame.token()).thenCompose(answer -> answer(frame, answer));
  }

  private CompletionStage<?> answer(ClientFrame.Auth frame, TokenCheck.Answer answer) {
    if (answer instanceof TokenCheck.Good good && !connection.ending().byUs()) {
      Identity fresh = good.identity();
      if (fresh.subject().equals(session.subject())) {
        return session.renew(frame, fresh);
      }
      connection.error(
          ErrorCode.FORBIDDEN,
          "the token is another subject's; connect again to speak for that one",
          frame.corr());
    } else if (answer instanceof TokenCheck.Refused refused) {
      connection.error(refused.code(), refused.message(), frame.corr());
    }
    return CompletableFuture.completedFuture(null);
  }
}
