package io.promlib.ws;

import io.promlib.acl.Identity;
import io.promlib.wire.ClientFrame;
import io.promlib.wire.CloseCode;
import io.promlib.wire.ErrorCode;
import java.util.concurrent.CompletionStage;

/** What a connection does before it is authenticated. */
final class Login {
  private static final int MAX_OTHER_FRAMES = 32;

  private final Shared shared;
  private final Connection connection;
  private final TokenCheck tokens;
  private int failures;
  private int otherFrames;

  Login(Shared shared, Connection connection) {
    this.shared = shared;
    this.connection = connection;
    tokens = new TokenCheck(shared, connection);
  }

  /** The step is done when the token was checked. */
  CompletionStage<?> attempt(ClientFrame.Auth frame) {
    return tokens.check(frame.token()).thenAccept(answer -> answer(frame, answer));
  }

  private void answer(ClientFrame.Auth frame, TokenCheck.Answer answer) {
    if (answer instanceof TokenCheck.Good good) {
      succeed(frame, good.identity());
    } else if (answer instanceof TokenCheck.Refused refused) {
      connection.error(refused.code(), refused.message(), frame.corr());
      if (refused.code() != ErrorCode.TOO_MANY && ++failures >= shared.limits().authAttempts()) {
        connection.end(CloseCode.NOT_AUTHENTICATED, "too many failed attempts to authenticate");
      }
    }
  }

  private void succeed(ClientFrame.Auth frame, Identity identity) {
    Session session = new Session(shared, connection, identity, tokens);
    if (connection.open(session, identity.subject())) {
      session.begin(frame);
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
