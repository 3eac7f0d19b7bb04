package io.promlib.metrics;

import io.prometheus.client.Collector;
import io.prometheus.client.Counter;
import io.prometheus.client.Gauge;
import io.promlib.wire.CloseCode;
import io.promlib.wire.ErrorCode;
import io.promlib.wire.GatewayListener;
import io.promlib.wire.GatewayPeer;
import java.util.List;

/** Counts what a gateway does. */
final class GatewayMetrics implements GatewayListener {
  private static final List<Integer> OWN =
      List.of(
          CloseCode.GOING_AWAY,
          CloseCode.TOO_LARGE,
          CloseCode.TRY_AGAIN_LATER,
          CloseCode.NOT_AUTHENTICATED,
          CloseCode.ABUSE,
          CloseCode.SLOW_CONSUMER);
  private static final int FIRST_STANDARD = 1000;
  private static final int LAST_STANDARD = 1015;

  private final Gauge connections =
      Gauge.build("ws_connections", "WebSocket connections that are open.").create();
  private final Counter errors =
      Counter.build("ws_errors_total", "Errors that clients were answered with.")
          .labelNames("code")
          .create();
  private final Counter closed =
      Counter.build("ws_closed_total", "WebSocket connections that ended, by close code.")
          .labelNames("code")
          .create();

  GatewayMetrics() {
    for (ErrorCode code : ErrorCode.values()) {
      errors.labels(code.wire()); // Begins at 0, so that the first error shows as a rise.
    }
    OWN.forEach(code -> closed.labels(label(code)));
  }

  List<Collector> collectors() {
    return List.of(connections, errors, closed);
  }

  @Override
  public void onConnect(GatewayPeer peer) {
    connections.inc();
  }

  @Override
  public void onError(GatewayPeer peer, ErrorCode code) {
    errors.labels(code.wire()).inc();
  }

  @Override
  public void onClose(GatewayPeer peer, int closeCode, String reason) {
    connections.dec();
    closed.labels(label(closeCode)).inc();
  }

  /** The peer may choose any code. */
  private static String label(int closeCode) {
    boolean known =
        (closeCode >= FIRST_STANDARD && closeCode <= LAST_STANDARD) || OWN.contains(closeCode);
    return known ? Integer.toString(closeCode) : Pair.REST;
  }
}
