package io.promlib.ws;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.java_websocket.WebSocketImpl;
import org.java_websocket.framing.CloseFrame;

/** How a connection ends: whoever ends it first decides on code and reason. */
final class Ending {
  /*
   * `begun` lets one in: it writes how, and then asks for the close. The last step of the connection reads that after the
   * socket is gone. A connection that broke without anybody asking has the values that stand here.
   */
  private final WebSocketImpl socket;
  private final Alarms alarms;
  private final Outbox out;
  private final Duration patience;
  private final AtomicBoolean begun = new AtomicBoolean();
  private volatile boolean byUs;
  private volatile boolean handsBack;
  private volatile int code = CloseFrame.ABNORMAL_CLOSE;
  private volatile String reason = "";

  /**
   * @param patience how long the peer may take to close
   */
  Ending(WebSocketImpl socket, Alarms alarms, Outbox out, Duration patience) {
    this.socket = socket;
    this.alarms = alarms;
    this.out = out;
    this.patience = patience;
  }

  /** Somebody ended the connection. */
  boolean begun() {
    return begun.get();
  }

  /** Closed by us: what came with the last straw in one packet has no effect any more. */
  boolean byUs() {
    return byUs;
  }

  /** Whether what is leased is handed back uncounted; else it counts as an attempt. */
  boolean handsBack() {
    return handsBack;
  }

  int code() {
    return code;
  }

  String reason() {
    return reason;
  }

  /**
   * Closes with a close frame after what is queued, and without one if the peer does not read it in
   * time.
   */
  void end(int with, String why, boolean handBack) {
    if (begun.compareAndSet(false, true)) {
      byUs = true;
      handsBack = handBack;
      decide(with, why);
      force();
      socket.close(with, why);
      out.demand();
    }
  }

  /** Closes after what is queued and without a close frame: there never was a WebSocket. */
  void endUnopened(String why) {
    if (begun.compareAndSet(false, true)) {
      byUs = true;
      decide(CloseFrame.ABNORMAL_CLOSE, why);
      force();
      socket.flushAndClose(CloseFrame.ABNORMAL_CLOSE, why, false);
      out.demand();
    }
  }

  /** Closes the socket at once. */
  void cut(int with, String why) {
    if (begun.compareAndSet(false, true)) {
      byUs = true;
      decide(with, why);
    }
    socket.closeConnection(with, why);
  }

  /** A close frame came. */
  void byPeer(int with, String why) {
    if (begun.compareAndSet(false, true)) {
      // Other codes say that the client failed, perhaps at what it was sent: that counts as a
      // crash. A browser's close() without arguments sends none.
      handsBack =
          with == CloseFrame.NORMAL || with == CloseFrame.GOING_AWAY || with == CloseFrame.NOCODE;
      decide(with, why);
      force();
    }
  }

  /** The socket is closed in a while, whatever the peer does. */
  void force() {
    alarms.set(Alarms.Kind.AUTH, () -> socket.closeConnection(code, reason), patience);
  }

  private void decide(int with, String why) {
    code = with;
    reason = why;
  }
}
