package io.promlib.client;

import io.promlib.wire.CloseCode;
import io.promlib.wire.ServerFrame;
import java.net.URI;
import java.security.cert.CertificateException;
import java.time.Duration;
import org.java_websocket.framing.CloseFrame;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ended, and what that says about the next one.
 *
 * @param byGateway whether the gateway closed it, and not the client
 */
record Ending(int code, String reason, boolean byGateway, @Nullable Exception error) {

  /** As the cause of what waited; {@code told} is what the gateway last said about no frame. */
  NoAnswerException failure(URI gateway, ServerFrame.@Nullable Err told) {
    if (isUntrusted()) {
      return new NoAnswerException(
          "the certificate of "
              + gateway
              + " is not trusted, or is another host's: check the address, and what tls trusts",
          error);
    }
    if (code == CloseFrame.NEVER_CONNECTED) {
      String why =
          reason.isEmpty()
              ? "no WebSocket gateway answers there, or the scheme is the other of ws: and wss:"
              : reason;
      return new NoAnswerException("no connection to " + gateway + ": " + why, error);
    }
    String how = code == CloseCode.TOO_LARGE ? ", a frame was too large" : "";
    String why = reason.isEmpty() ? "" : ": " + reason;
    Throwable cause = told == null ? error : Answers.refused(told);
    return new NoAnswerException(
        "the connection to " + gateway + " ended with code " + code + how + why, cause);
  }

  /** Whether something that this client sent was larger than the gateway takes. */
  boolean isTooLargeForGateway() {
    return byGateway && code == CloseCode.TOO_LARGE;
  }

  /** Whether the gateway is not who the address says, which trying again does not mend. */
  boolean isUntrusted() {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  /**
   * The least to wait before the next connection: what the gateway said, and the longest back-off
   * after what does not mend by itself.
   */
  Duration leastWait(Duration longest, ServerFrame.@Nullable Err told) {
    if (isUntrusted() || (byGateway && code == CloseCode.ABUSE)) {
      return longest;
    }
    return told == null ? Duration.ZERO : Answers.refused(told).retryAfter().orElse(Duration.ZERO);
  }
}
