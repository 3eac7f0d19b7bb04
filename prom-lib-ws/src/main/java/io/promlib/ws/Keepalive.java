package io.promlib.ws;

import java.util.concurrent.atomic.AtomicLong;
import org.java_websocket.framing.CloseFrame;

/** Pings a connection, and cuts it if nothing at all comes back in time. */
final class Keepalive {
  private final GatewayLimits limits;
  private final Alarms alarms;
  private final Outbox out;
  private final Ending ending;
  private final AtomicLong received = new AtomicLong();

  Keepalive(GatewayLimits limits, Alarms alarms, Outbox out, Ending ending) {
    this.limits = limits;
    this.alarms = alarms;
    this.out = out;
    this.ending = ending;
  }

  void begin() {
    alarms.set(Alarms.Kind.PING, this::ping, limits.pingInterval());
  }

  void onRead(int bytes) {
    received.addAndGet(bytes);
  }

  private void ping() {
    long before = received.get();
    out.ping();
    alarms.set(
        Alarms.Kind.PING,
        () -> {
          if (received.get() == before) {
            ending.cut(CloseFrame.ABNORMAL_CLOSE, "no answer to a ping");
          } else {
            begin();
          }
        },
        limits.pongTimeout());
  }
}
